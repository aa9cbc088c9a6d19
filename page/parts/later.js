import { useAnswer } from "../app/answer.js";
import { html } from "../app/html.js";
import { Loading } from "./notice.js";

/** @import {ComponentType} from "preact" */
/** @import {ViewProps} from "../types.js" */

/**
 * A view that is loaded when somebody goes there, so that the first one comes quickly.
 *
 * @param {() => Promise<ComponentType<ViewProps>>} load
 * @returns {ComponentType<ViewProps>}
 */
export function later(load) {
  return function Later(/** @type {ViewProps} */ props) {
    const { answer: View, failure } = useAnswer(load, []);
    if (View !== null) return html`<${View} ...${props} />`;
    if (failure === null) return html`<${Loading} what="this view" />`;
    // Browsers remember that a module did not come, so to ask for it once more helps nobody.
    return html`
      <div class="notice bad" role="alert">
        <p><strong>This view could not be loaded.</strong> ${WHY}</p>
        <button type="button" onClick=${() => location.reload()}>Load the page again</button>
      </div>
    `;
  };
}

const WHY = "The network may be away, or Meterdrop was updated while this tab was open.";
