import { PageTitle } from "../parts/page-title.js";
import { html } from "./html.js";
import { href } from "./router.js";

/** @param {{denied?: boolean}} props `denied` where the place is there and the key may not write */
export function NotFound({ denied }) {
  const words = denied
    ? "This place changes things, and the key that you entered may only read."
    : "Nothing is here.";
  return html`
    <${PageTitle} title=${denied ? "Not with this key" : "Not found"} />
    <p>${words} <a href=${href(["uploads"])}>See the uploads</a></p>
  `;
}
