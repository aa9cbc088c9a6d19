/** @import {UploadForm} from "../types.js" */

/** @type {Record<string, string>} */
const WORDS = {
  EntityTooLarge: "The file is larger than 5 MB. Split it into smaller files.",
  AccessDenied: "S3 denied the upload. The upload permission might have expired. Try again.",
};

/**
 * Post a file to the bucket. XMLHttpRequest reports progress, which fetch doesn't.
 *
 * @param {UploadForm} form
 * @param {File} file
 * @param {(bytes: number) => void} progress number of bytes sent
 * @param {AbortSignal} signal
 * @returns {Promise<string | null>} the version ID of the object; rejects with a message for the page
 */
export async function transfer(form, file, progress, signal) {
  signal.throwIfAborted();
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  body.append("file", file); // S3 ignores fields after the file
  const { promise, resolve, reject } = /** @type {PromiseWithResolvers<string | null>} */ (
    Promise.withResolvers()
  );
  const request = new XMLHttpRequest();
  // The request also contains the other fields of the form.
  request.upload.onprogress = ({ loaded, total }) =>
    progress(Math.max(0, loaded - (total - file.size)));
  request.onload = () =>
    request.status < 300
      ? resolve(request.getResponseHeader("x-amz-version-id"))
      : reject(new Error(refusal(request)));
  request.onerror = () =>
    reject(
      new Error(
        "The file couldn't be uploaded. Check your internet connection and try again. If you changed the file, choose it again.",
      ),
    );
  request.onabort = () => reject(new Error("The upload was stopped."));
  signal.addEventListener("abort", () => request.abort());
  request.open("POST", form.url);
  request.send(body);
  return promise;
}

/** @param {XMLHttpRequest} request */
function refusal({ status, responseText }) {
  const code = /<Code>([^<]*)<\/Code>/.exec(responseText)?.[1] ?? `status ${status}`;
  return WORDS[code] ?? `S3 refused the file (${code}). Try again.`;
}
