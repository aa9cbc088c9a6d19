import { PageTitle } from "../parts/page-title.js";
import { html } from "./html.js";
import { href } from "./router.js";

/** @param {{denied?: boolean}} props `denied`: the view exists, but the key can't write */
export function NotFound({ denied }) {
  const words = denied
    ? "Your API key is read-only. To use this page, choose Forget key and enter a key that can write."
    : "This page doesn't exist.";
  return html`
    <${PageTitle} title=${denied ? "Read-only key" : "Page not found"} />
    <p>${words} <a href=${href(["uploads"])}>View all uploads</a></p>
  `;
}
