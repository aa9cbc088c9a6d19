import { href } from "../lib/router";
import { can, kindOfKey, leave } from "../lib/session";
import { routes } from "./routes";

export function Header({ path }: { path: string }) {
  const shown = routes.filter((route) => route.name !== undefined && can(route.needs));
  const here = path.split("/")[0];
  return (
    <header class="frame-header">
      <p class="frame-brand">Meterdrop</p>
      <nav aria-label="Main">
        <ul>
          {shown.map((route) => (
            <li key={route.path}>
              <a href={href([route.path])} aria-current={route.path === here ? "page" : undefined}>
                {route.name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="frame-session">
        <span class="frame-role">{kindOfKey()}</span>
        <button type="button" class="quiet" onClick={() => leave()}>
          Forget key
        </button>
      </div>
    </header>
  );
}
