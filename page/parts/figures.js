import { html } from "../app/html.js";

/**
 * Key figures, side by side.
 *
 * @param {{figures: {name: string, value: string, hint?: string}[]}} props
 */
export function Figures({ figures }) {
  return html`
    <dl class="figures">
      ${figures.map(
        ({ name, value, hint }) => html`
          <div key=${name}>
            <dt>${name}</dt>
            <dd class="figure">${value}</dd>
            ${hint && html`<dd class="hint">${hint}</dd>`}
          </div>
        `,
      )}
    </dl>
  `;
}
