import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { Announcer } from "../components/feedback";
import { lazy } from "../lib/lazy";
import { find, go, place } from "../lib/router";
import { useScroll } from "../lib/scroll";
import { asking, can, session } from "../lib/session";
import { Drops } from "./drops";
import { Header } from "./header";
import { NotFound } from "./not-found";
import { routes } from "./routes";
import { KeyEntry } from "./sign-in";

const GoTo = lazy(
  () => import("./go-to").then((module) => module.GoTo),
  () => null,
);

/** The whole page: the form for the key, then the view that the hash names. */
export function App() {
  const who = session.value;
  const { path, query } = place.value;
  const [goes, setGoes] = useState(false);
  useKeptFocus();
  useScroll(place.value);

  useLayoutEffect(() => {
    if (path === "" && who !== null) go([home()], {}, { replace: true });
  }, [path, who]);

  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      setGoes(session.value !== null);
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);

  if (who === null) return asking.value ? null : <KeyEntry />;
  const found = find(routes, path);
  const denied = found === null || can(found.route.needs) ? undefined : found.route.needs;
  const canWrite = found?.route.changes !== undefined && can(found.route.changes);
  const View = found === null || denied ? NotFound : found.route.view;
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: the hash belongs to the router, so the link moves the focus itself */}
      <a class="skip" href="#content" onClick={skip}>
        Skip to content
      </a>
      <Header path={path} goTo={() => setGoes(true)} />
      <main id="content" tabindex={-1}>
        <View
          key={path}
          parameters={found?.parameters ?? {}}
          query={query}
          canWrite={canWrite}
          denied={denied}
        />
      </main>
      {goes && <GoTo close={() => setGoes(false)} />}
      <Drops path={path} />
      <Announcer />
    </>
  );
}

/** Return the path of the first view that the key can see. */
function home() {
  return routes.find(({ name, needs }) => name !== undefined && can(needs))?.path ?? "uploads";
}

/** Move the focus without changing the hash, which belongs to the router. */
function skip(event: Event) {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

const PLACES = "h1, h2, h3, [tabindex='-1']";

/**
 * Keep the focus when the focused element disappears, such as a button that loads the last page. The heading of the
 * surrounding section gets the focus, because a screen reader needs one.
 */
export function useKeptFocus() {
  useEffect(() => {
    /** the last focused element and its ancestors */
    let path: Element[] = [];
    const remember = (event: Event) => {
      path = event.composedPath().filter((one) => one instanceof Element);
    };
    const mend = () => {
      if (document.activeElement !== document.body || path[0]?.isConnected !== false) return;
      for (const place of path.filter(({ isConnected }) => isConnected)) {
        const heading = place.querySelector(PLACES);
        if (heading instanceof HTMLElement) return focus(heading);
      }
    };
    // A dialog gives the focus back by itself first.
    const removed = new MutationObserver(() => requestAnimationFrame(mend));
    removed.observe(document.body, { childList: true, subtree: true });
    addEventListener("focusin", remember);
    return () => {
      removed.disconnect();
      removeEventListener("focusin", remember);
    };
  }, []);
}

function focus(heading: HTMLElement) {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
