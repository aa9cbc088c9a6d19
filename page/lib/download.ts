import { ApiError, get, send } from "./api";

/**
 * Save a file of the bucket under a name.
 *
 * @param path of the API
 */
export async function downloadFromBucket(path: string, name: string) {
  save(await bucketFile(path), name);
}

/**
 * Load a file of the bucket. The API returns a presigned URL that is valid for minutes.
 *
 * @param path of the API
 */
export async function bucketFile(path: string): Promise<Blob> {
  const link: { url: string } = await get(path);
  const answer = await fetch(link.url, { credentials: "omit", cache: "no-store" }).catch(() => {
    throw ApiError.unreachable();
  });
  if (answer.status === 404) throw new Error("The file no longer exists in the bucket.");
  if (!answer.ok)
    throw new Error(`Couldn't download the file: S3 returned status ${answer.status}. Try again.`);
  return await answer.blob();
}

/**
 * Save the body of an API response as a file.
 *
 * @param name of the file
 */
export async function downloadAnswer(path: string, query: Record<string, string>, name: string) {
  const answer = await send("GET", path, { query, accept: "*/*" });
  save(await answer.blob(), name);
}

/** Save content as a file. */
export function save(content: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
