import { html } from "../app/html.js";

/**
 * A list of names and values. Names without a value are left out.
 *
 * @param {{facts: [string, import("preact").ComponentChildren][]}} props
 */
export function Facts({ facts }) {
  return html`
    <dl class="facts">
      ${facts
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(
          ([name, value]) => html`
            <div key=${name}>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>
          `,
        )}
    </dl>
  `;
}
