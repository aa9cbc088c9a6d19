import { pathPart, post } from "../app/api.js";
import { html } from "../app/html.js";
import { announce } from "../parts/announcer.js";
import { Dialog } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Form } from "../parts/form.js";

/** @import {Meter} from "./types.js" */

/** A dialog to rename a meter. @param {{meter: Meter, put: (meter: Meter) => void, close: () => void}} props */
export function RenameDialog({ meter, put, close }) {
  /**
   * @param {Record<string, string>} given
   * @param {string} idempotencyKey
   */
  async function send(given, idempotencyKey) {
    /** @type {Meter} */
    const renamed = await post(`v1/billing/meters/${pathPart(meter.id)}`, given, {
      idempotencyKey,
    });
    put(renamed);
    announce(`Renamed the meter to ${renamed.display_name}.`);
    close();
  }

  return html`
    <${Dialog} title="Rename ${meter.display_name}" close=${close}>
      <${Form} confirm="Rename" send=${send} close=${close}>
        ${(/** @type {(name: string) => string | undefined} */ error) => html`
          <${Field} label="Name" hint="The event name doesn't change." error=${error("display_name")}>
            ${(/** @type {object} */ attributes) => html`
              <input ...${attributes} name="display_name" defaultValue=${meter.display_name} required maxlength="250" autocomplete="off" />
            `}
          <//>
        `}
      <//>
    <//>
  `;
}
