import { ApiError, get, send } from "./api.js";

/**
 * Save a file of the bucket under a name. The API returns a presigned URL that is valid for minutes.
 *
 * @param {string} path of the API
 * @param {string} name
 */
export async function downloadFromBucket(path, name) {
  /** @type {{url: string}} */
  const link = await get(path);
  const answer = await fetch(link.url, { credentials: "omit", cache: "no-store" }).catch(() => {
    throw ApiError.unreachable();
  });
  if (answer.status === 404) throw new Error("The file no longer exists in the bucket.");
  if (!answer.ok)
    throw new Error(`Couldn't download the file: S3 returned status ${answer.status}. Try again.`);
  save(await answer.blob(), name);
}

/**
 * Save the body of an API response as a file.
 *
 * @param {string} path
 * @param {Record<string, string>} query
 * @param {string} name of the file
 */
export async function downloadAnswer(path, query, name) {
  const answer = await send("GET", path, { query, accept: "*/*" });
  save(await answer.blob(), name);
}

/**
 * Save content as a file.
 *
 * @param {Blob} content
 * @param {string} name
 */
export function save(content, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
