import { useEffect } from "preact/hooks";
import { Announcer } from "../parts/announcer.js";
import { Header } from "./header.js";
import { html } from "./html.js";
import { useKeptFocus } from "./kept-focus.js";
import { KeyEntry } from "./key-entry.js";
import { NotFound } from "./not-found.js";
import { can } from "./permissions.js";
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
    if (path === "" && who !== null) go([home()], {}, { replace: true });
  }, [path, who]);

  if (who === null) return html`<${KeyEntry} />`;
  const found = find(routes, path);
  const denied = found === null || can(found.route.needs) ? undefined : found.route.needs;
  const canWrite = found?.route.changes !== undefined && can(found.route.changes);
  const View = found === null || denied ? NotFound : found.route.view;
  return html`
    <a class="skip" href="#content" onClick=${skip}>Skip to content</a>
    <${Header} path=${path} />
    <main id="content" tabindex="-1">
      <${View} key=${path} parameters=${found?.parameters ?? {}} query=${query} canWrite=${canWrite} denied=${denied} />
    </main>
    <${Announcer} />
  `;
}

/** Return the path of the first view that the key can see. */
function home() {
  return routes.find(({ name, needs }) => name !== undefined && can(needs))?.path ?? "uploads";
}

/** Move the focus without changing the hash, which belongs to the router. @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("content")?.focus();
}
