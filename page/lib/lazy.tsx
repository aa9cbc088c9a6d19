import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/**
 * Return a component whose code is loaded when it is first shown. Write the import where you call this, so that the
 * bundler sees it: `lazy(() => import("./plot").then((plot) => plot.Plot))`.
 *
 * @param Skeleton shown meanwhile, in the size of the component
 */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  Skeleton: ComponentType = Skeletal,
): ComponentType<Props> {
  let Loaded: ComponentType<Props> | null = null;

  return function Lazy(props: Props) {
    const [state, setState] = useState<"loading" | "loaded" | "failed">("loading");
    useEffect(() => {
      if (Loaded !== null) return undefined;
      let shown = true;
      load().then(
        (component) => {
          Loaded = component;
          if (shown) setState("loaded");
        },
        () => shown && setState("failed"),
      );
      return () => {
        shown = false;
      };
    }, []);
    if (Loaded !== null) return <Loaded {...props} />;
    return state === "failed" ? <NotLoaded /> : <Skeleton />;
  };
}

function Skeletal() {
  return (
    <p class="notice" role="status">
      Loading…
    </p>
  );
}

/** After a deployment, a tab that was opened before it asks for files that no longer exist. */
function NotLoaded() {
  return (
    <div class="notice warn" role="alert">
      <p>
        <strong>Couldn't load this part of the page.</strong> Meterdrop might have been updated
        since you opened it. Reload the page. You stay signed in.
      </p>
      <button type="button" onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  );
}
