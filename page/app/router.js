import { Store } from "./store.js";

/** @import {Place, Query, Route} from "../types.js" */

/**
 * The current view and its query. They are in the hash, so the page works under any path, links can be shared, and the
 * back button works.
 *
 * @type {Store<Place>}
 */
export const place = new Store(read());

addEventListener("hashchange", () => {
  place.value = read();
});

/**
 * Return the href of a link to a view.
 *
 * @param {string[]} parts of the path, not encoded
 * @param {Query} [query]
 */
export function href(parts, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  const path = parts.map(encodeURIComponent).join("/");
  return search.size > 0 ? `#/${path}?${search}` : `#/${path}`;
}

/**
 * Go to a view. With `replace`, the view replaces the current entry of the history.
 *
 * @param {string[]} parts
 * @param {Query} [query]
 * @param {{replace?: boolean}} [options]
 */
export function go(parts, query = {}, { replace = false } = {}) {
  if (replace) location.replace(href(parts, query));
  else location.hash = href(parts, query);
}

/**
 * Return the route of a path and the path's parameters.
 *
 * @param {Route[]} routes
 * @param {string} path
 * @returns {{route: Route, parameters: Record<string, string>} | null}
 */
export function find(routes, path) {
  for (const route of routes) {
    const parameters = match(route.path.split("/"), path.split("/"));
    if (parameters !== null) return { route, parameters };
  }
  return null;
}

/**
 * @param {string[]} pattern
 * @param {string[]} parts
 */
function match(pattern, parts) {
  if (pattern.length !== parts.length) return null;
  /** @type {Record<string, string>} */
  const parameters = {};
  for (const [index, name] of pattern.entries()) {
    const part = parts[index] ?? "";
    if (name.startsWith(":")) parameters[name.slice(1)] = decoded(part);
    else if (name !== part) return null;
  }
  return parameters;
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a percent sign typed in the address
  }
}

/** @returns {Place} */
function read() {
  const [path = "", search = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { path, query: new URLSearchParams(search) };
}
