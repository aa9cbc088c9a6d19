import { html } from "./html.js";
import { can, kindOfKey } from "./permissions.js";
import { href } from "./router.js";
import { routes } from "./routes.js";
import { leave } from "./session.js";

/** @param {{path: string}} props */
export function Header({ path }) {
  const shown = routes.filter((route) => route.name !== undefined && can(route.needs));
  const here = path.split("/")[0];
  return html`
    <header class="frame-header">
      <p class="frame-brand">Meterdrop</p>
      <nav aria-label="Main">
        <ul>
          ${shown.map(
            (route) => html`
              <li key=${route.path}>
                <a href=${href([route.path])} aria-current=${route.path === here ? "page" : undefined}>${route.name}</a>
              </li>
            `,
          )}
        </ul>
      </nav>
      <div class="frame-session">
        <span class="frame-role">${kindOfKey()}</span>
        <button type="button" class="quiet" onClick=${() => leave()}>Forget key</button>
      </div>
    </header>
  `;
}
