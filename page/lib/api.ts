import type { Query } from "../types";
import { expire, session } from "./session";

const ATTEMPTS = 3;
const FIRST_PAUSE = 400; // milliseconds
const NOT_MODIFIED = 304;

/**
 * Return an ID as one part of a path. API Gateway cuts paths at an encoded question mark too, so the API would get another
 * ID.
 *
 * @throws {ApiError} if the ID has a question mark
 */
export function pathPart(id: string): string {
  if (!id.includes("?")) return encodeURIComponent(id);
  throw new ApiError(0, {
    code: "parameter_invalid",
    message: `The ID ${id} contains a question mark, which IDs can't contain. Use another ID.`,
  });
}

/** The last answers that have an ETag, by URL, oldest first. In memory only: the browser's cache would be on disk. */
const answers = new Map<string, { etag: string; answer: unknown }>();
const MOST_ANSWERS = 100;

export function forgetAnswers() {
  answers.clear();
}

/**
 * Send a GET request to the API. If the API says that the answer hasn't changed, return the object of the last time.
 *
 * @param path relative to the page, without a leading slash
 * @returns the parsed JSON; rejects with an ApiError
 */
export async function get<Answer>(
  path: string,
  query: Query = {},
  { signal }: { signal?: AbortSignal } = {},
): Promise<Answer> {
  const url = address(path, query).href;
  const known = answers.get(url);
  const response = await send("GET", path, { query, signal, etag: known?.etag });
  if (known && response.status === NOT_MODIFIED) return known.answer as Answer;
  const answer: Answer = await response.json();
  const etag = response.headers.get("ETag");
  answers.delete(url);
  if (etag !== null) answers.set(url, { etag, answer });
  for (const oldest of answers.keys()) {
    if (answers.size <= MOST_ANSWERS) break;
    answers.delete(oldest);
  }
  return answer;
}

/**
 * Send a POST request to the API. The API executes it once for each Idempotency-Key.
 *
 * @param parameters nested as in Stripe's API; usage values are text
 * @param options the key of an earlier request, to retry that request
 */
export async function post<Answer>(
  path: string,
  parameters: object = {},
  { idempotencyKey = crypto.randomUUID() }: { idempotencyKey?: string } = {},
): Promise<Answer> {
  return (await send("POST", path, { parameters, idempotencyKey })).json();
}

export async function del<Answer>(path: string, idempotencyKey: string): Promise<Answer> {
  return (await send("DELETE", path, { idempotencyKey })).json();
}

export interface Options {
  query?: Query;
  parameters?: object;
  idempotencyKey?: string;
  /** the API key; the default is the session's */
  key?: string;
  /** media type; the default is JSON */
  accept?: string;
  /** of the answer that is known */
  etag?: string;
  signal?: AbortSignal;
}

/** Send a request and return its response. Retry if the API allows it. */
export async function send(method: string, path: string, options: Options = {}): Promise<Response> {
  const key = options.key ?? session.value?.key ?? "";
  for (let attempt = 1; ; attempt++) {
    const response = await sendOnce(method, path, { ...options, key });
    if (response.ok || response.status === NOT_MODIFIED) return response;
    const again = response.status === 429 || response.headers.get("Stripe-Should-Retry") === "true";
    if (!again || attempt === ATTEMPTS) {
      const error = await ApiError.of(response);
      if (error.status === 401 && session.value?.key === key)
        expire("This API key is no longer valid. It might have been revoked. Enter another key.");
      throw error;
    }
    await new Promise((resume) => setTimeout(resume, FIRST_PAUSE * 2 ** (attempt - 1)));
  }
}

async function sendOnce(method: string, path: string, options: Options) {
  const { key, query = {}, parameters, idempotencyKey, signal } = options;
  const { accept = "application/json", etag } = options;
  const headers: Record<string, string> = { Accept: accept, Authorization: `Bearer ${key}` };
  if (parameters !== undefined) headers["Content-Type"] = "application/json";
  if (etag !== undefined) headers["If-None-Match"] = etag;
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

function address(path: string, query: Query) {
  const url = new URL(path, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "")
      url.searchParams.set(name, String(value));
  }
  return url;
}

/** An error that the API returned. `status` is 0 if the API didn't respond. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** The invalid parameter, or null. */
  readonly param: string | null;

  constructor(status: number, error: { code?: string; message?: string; param?: string | null }) {
    super(
      error.message ||
        `The API returned HTTP status ${status} without an error message. Try again.`,
    );
    this.name = "ApiError";
    this.status = status;
    this.code = error.code ?? "";
    this.param = error.param ?? null;
  }

  static async of(response: Response): Promise<ApiError> {
    const body = await response.json().catch(() => ({}));
    if (response.status === 429) {
      return new ApiError(429, {
        code: "rate_limit",
        message: "Too many requests. Wait a few seconds and try again.",
      });
    }
    // API Gateway's own responses have a message, but no error object.
    return new ApiError(response.status, body.error ?? { message: body.message });
  }

  static unreachable() {
    return new ApiError(0, {
      code: "unreachable",
      message: "The API didn't respond. Check your internet connection and try again.",
    });
  }
}

/** Return whether an error says that what was requested doesn't exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Return the message of an error. Any error other than an ApiError is a defect of this page. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
