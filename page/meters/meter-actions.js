import { useState } from "preact/hooks";
import { pathPart, post } from "../app/api.js";
import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { announce } from "../parts/announcer.js";
import { ConfirmDialog } from "../parts/dialog.js";
import { RenameDialog } from "./rename-dialog.js";

/** @import {Meter} from "./types.js" */

/**
 * The buttons to rename, deactivate, and reactivate a meter, and to add usage.
 *
 * @param {{meter: Meter, customer: string, put: (meter: Meter) => void}} props
 */
export function MeterActions({ meter, customer, put }) {
  const [open, setOpen] = useState("");
  const close = () => setOpen("");
  const active = meter.status === "active";
  return html`
    <div class="actions">
      <button type="button" onClick=${() => setOpen("rename")}>Rename</button>
      <button type="button" onClick=${() => setOpen("switch")}>${active ? "Deactivate" : "Reactivate"}</button>
      ${active && html`<a class="button primary" href=${href(["meters", meter.id, "usage"], { customer })}>Add usage</a>`}
    </div>
    ${open === "rename" && html`<${RenameDialog} meter=${meter} put=${put} close=${close} />`}
    ${open === "switch" && html`<${SwitchDialog} meter=${meter} put=${put} close=${close} />`}
  `;
}

/** @param {{meter: Meter, put: (meter: Meter) => void, close: () => void}} props */
function SwitchDialog({ meter, put, close }) {
  const active = meter.status === "active";
  const verb = active ? "Deactivate" : "Reactivate";

  /** @param {string} idempotencyKey */
  async function act(idempotencyKey) {
    const path = `v1/billing/meters/${pathPart(meter.id)}/${verb.toLowerCase()}`;
    put(await post(path, {}, { idempotencyKey }));
    announce(`${meter.display_name} is now ${active ? "inactive" : "active"}.`);
  }

  return html`
    <${ConfirmDialog} title="${verb} ${meter.display_name}?" confirm=${verb} danger=${active} act=${act} close=${close}>
      ${
        active
          ? html`
            <p>
              From the next file or event on, Meterdrop refuses usage of <code>${meter.event_name}</code> as${" "}
              <code>archived_meter</code>.
            </p>
            <p>
              Existing usage stays available. Another meter can use the event name. You can reactivate this meter if no other
              active meter uses the event name.
            </p>
          `
          : html`
            <p>From the next file or event on, Meterdrop counts usage of <code>${meter.event_name}</code> again.</p>
            <p>Rows refused in the meantime aren't counted automatically. To count them, upload their error files.</p>
          `
      }
    <//>
  `;
}
