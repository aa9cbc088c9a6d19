import { ApiError } from "./api-error.js";
import { leave, session } from "./session.js";

export { ApiError };

/** @import {Query} from "../types.js" */

const ATTEMPTS = 3;
const FIRST_PAUSE = 400; // milliseconds

/**
 * Return an ID as one part of a path. API Gateway cuts paths at an encoded question mark too, so the API would get another
 * ID.
 *
 * @param {string} id
 * @returns {string}
 * @throws {ApiError} if the ID has a question mark
 */
export function pathPart(id) {
  if (!id.includes("?")) return encodeURIComponent(id);
  throw new ApiError(0, {
    code: "parameter_invalid",
    message: `The ID ${id} contains a question mark, which IDs can't contain. Use another ID.`,
  });
}

/**
 * Send a GET request to the API.
 *
 * @template Answer
 * @param {string} path relative to the page, without a leading slash
 * @param {Query} [query]
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<Answer>} the parsed JSON; rejects with an ApiError
 */
export async function get(path, query = {}, { signal } = {}) {
  return (await send("GET", path, { query, signal })).json();
}

/**
 * Send a POST request to the API. The API executes it once for each Idempotency-Key.
 *
 * @template Answer
 * @param {string} path
 * @param {object} [parameters] nested as in Stripe's API; usage values are text
 * @param {{idempotencyKey?: string}} [options] the key of an earlier request, to retry that request
 * @returns {Promise<Answer>}
 */
export async function post(path, parameters = {}, { idempotencyKey = crypto.randomUUID() } = {}) {
  return (await send("POST", path, { parameters, idempotencyKey })).json();
}

/**
 * @template Answer
 * @param {string} path
 * @param {string} idempotencyKey
 * @returns {Promise<Answer>}
 */
export async function del(path, idempotencyKey) {
  return (await send("DELETE", path, { idempotencyKey })).json();
}

/**
 * @typedef {object} Options
 * @property {Query} [query]
 * @property {object} [parameters]
 * @property {string} [idempotencyKey]
 * @property {string} [key] the API key; the default is the session's
 * @property {string} [accept] media type; the default is JSON
 * @property {AbortSignal} [signal]
 */

/**
 * Send a request and return its response. Retry if the API allows it.
 *
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
export async function send(method, path, options = {}) {
  const key = options.key ?? session.value?.key ?? "";
  for (let attempt = 1; ; attempt++) {
    const response = await sendOnce(method, path, { ...options, key });
    if (response.ok) return response;
    const again = response.status === 429 || response.headers.get("Stripe-Should-Retry") === "true";
    if (!again || attempt === ATTEMPTS) {
      const error = await ApiError.of(response);
      if (error.status === 401 && session.value?.key === key)
        leave("This API key is no longer valid. It might have been revoked. Enter another key.");
      throw error;
    }
    await new Promise((resume) => setTimeout(resume, FIRST_PAUSE * 2 ** (attempt - 1)));
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} options
 */
async function sendOnce(method, path, options) {
  const { key, query = {}, parameters, idempotencyKey, signal } = options;
  const { accept = "application/json" } = options;
  /** @type {Record<string, string>} */
  const headers = { Accept: accept, Authorization: `Bearer ${key}` };
  if (parameters !== undefined) headers["Content-Type"] = "application/json";
  if (idempotencyKey !== undefined) headers["Idempotency-Key"] = idempotencyKey;
  const body = parameters === undefined ? undefined : JSON.stringify(parameters);
  try {
    return await fetch(address(path, query), {
      method,
      headers,
      body,
      signal,
      credentials: "omit",
      cache: "no-store",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw ApiError.unreachable();
  }
}

/**
 * @param {string} path
 * @param {Query} query
 */
function address(path, query) {
  const url = new URL(path, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "")
      url.searchParams.set(name, String(value));
  }
  return url;
}
