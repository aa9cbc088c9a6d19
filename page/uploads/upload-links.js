import { useAnswer } from "../app/answer.js";
import { counted } from "../app/format.js";
import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { named } from "./relatives.js";

const SHOWN = 20;

/** Links to uploads by file name, up to a limit. @param {{ids: string[]}} props */
export function UploadLinks({ ids }) {
  const first = ids.slice(0, SHOWN);
  const { answer } = useAnswer((signal) => named(first, signal), [first.join()]);
  const links = answer ?? first.map((id) => ({ id, name: id }));
  return html`
    <ul class="links">
      ${links.map(({ id, name }) => html`<li key=${id}><a href=${href(["uploads", id])}>${name}</a></li>`)}
      ${ids.length > SHOWN && html`<li>and ${counted(ids.length - SHOWN, "more", "more")}</li>`}
    </ul>
  `;
}
