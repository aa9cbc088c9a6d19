import { signal } from "@preact/signals";
import type { Place, Query, Route } from "../types";

/**
 * The current view and its query. They are in the hash, so the page works under any path, links can be shared, and the
 * back button works.
 */
export const place = signal<Place>(read());

addEventListener("hashchange", () => {
  place.value = read();
});

/**
 * Return the href of a link to a view.
 *
 * @param parts of the path, not encoded
 */
export function href(parts: string[], query: Query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const path = parts.map(encodeURIComponent).join("/");
  return search.size > 0 ? `#/${path}?${search}` : `#/${path}`;
}

/** Go to a view. With `replace`, the view replaces the current entry of the history. */
export function go(
  parts: string[],
  query: Query = {},
  { replace = false }: { replace?: boolean } = {},
) {
  if (replace) location.replace(href(parts, query));
  else location.hash = href(parts, query);
}

/** Return the route of a path and the path's parameters. */
export function find(
  routes: Route[],
  path: string,
): { route: Route; parameters: Record<string, string> } | null {
  for (const route of routes) {
    const parameters = match(route.path.split("/"), path.split("/"));
    if (parameters !== null) return { route, parameters };
  }
  return null;
}

function match(pattern: string[], parts: string[]) {
  if (pattern.length !== parts.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, name] of pattern.entries()) {
    const part = parts[index] ?? "";
    if (name.startsWith(":")) parameters[name.slice(1)] = decoded(part);
    else if (name !== part) return null;
  }
  return parameters;
}

function decoded(part: string) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a percent sign typed in the address
  }
}

function read(): Place {
  const [path = "", search = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { path, query: new URLSearchParams(search) };
}
