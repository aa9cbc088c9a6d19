import { href } from "../lib/router";
import { can, kindOfKey, leave } from "../lib/session";
import { routes } from "./routes";
import { ThemeSwitch } from "./theme";

export function Header({ path, goTo }: { path: string; goTo: () => void }) {
  const shown = routes.filter((route) => route.name !== undefined && can(route.needs));
  const here = path.split("/")[0];
  return (
    <header class="frame-header">
      <p class="frame-brand">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path
            fill="#5b5bd6"
            d="M8 .8C5.6 4.4 3.3 7 3.3 10a4.7 4.7 0 0 0 9.4 0c0-3-2.3-5.6-4.7-9.2Z"
          />
          <path
            fill="none"
            stroke="#fff"
            stroke-width="1.4"
            stroke-linecap="round"
            d="M5.9 10.2v1.6M8 8.6v3.2m2.1-4.4v4.4"
          />
        </svg>
        Meterdrop
      </p>
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
        <button type="button" class="quiet" title="Ctrl+K or ⌘K" onClick={goTo}>
          Go to
        </button>
        <ThemeSwitch />
        <button type="button" class="quiet" onClick={leave}>
          Sign out
        </button>
      </div>
    </header>
  );
}
