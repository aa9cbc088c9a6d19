import { useEffect } from "preact/hooks";
import { Announcer } from "../parts/announcer.js";
import { Header } from "./header.js";
import { html } from "./html.js";
import { useKeptFocus } from "./kept-focus.js";
import { KeyEntry } from "./key-entry.js";
import { NotFound } from "./not-found.js";
import { find, go, place } from "./router.js";
import { routes } from "./routes.js";
import { session } from "./session.js";
import { useStore } from "./store.js";

/** The whole page: the form for the key, then the view that the hash names. */
export function App() {
  const who = useStore(session);
  const { path, query } = useStore(place);
  useKeptFocus();

  useEffect(() => {
    if (path === "") go(["uploads"], {}, { replace: true });
  }, [path]);

  if (who === null) return html`<${KeyEntry} />`;
  const canWrite = who.role === "admin";
  const found = find(routes, path);
  const denied = found?.route.writes && !canWrite;
  const View = found === null || denied ? NotFound : found.route.view;
  return html`
    <a class="skip" href="#content" onClick=${skip}>Skip to content</a>
    <${Header} path=${path} canWrite=${canWrite} />
    <main id="content" tabindex="-1">
      <${View} key=${path} parameters=${found?.parameters ?? {}} query=${query} canWrite=${canWrite} denied=${denied} />
    </main>
    <${Announcer} />
  `;
}

/** Move the focus without changing the hash, which belongs to the router. @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("content")?.focus();
}
