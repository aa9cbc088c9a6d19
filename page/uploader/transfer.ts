import { ApiError, get, post } from "../lib/api";
import type { List, Upload, UploadForm } from "../types";
import { isMoving } from "../uploads/status";
import { controlOf } from "./control-fields";
import type { Item } from "./types";

/**
 * Upload one file: get a form, post the file, follow the upload to its final status.
 *
 * @param change called with the progress
 */
export async function run(
  item: Item,
  change: (changes: Partial<Item>) => void,
  signal: AbortSignal,
): Promise<Upload> {
  const form: UploadForm = await post("v1/uploads", parameters(item));
  const version = await transfer(form, item.file, (sent) => change({ sent }), signal);
  change({ state: "arriving" });
  return follow(form.key, version, (upload) => change({ state: "processing", upload }), signal);
}

function parameters({ file, kind, dryRun, allowDuplicate, updates, checked, control }: Item) {
  const key = updates ?? checked; // both have the key of this file

  return {
    file_name: file.name,
    ...(kind === "customers" ? { kind } : {}),
    ...(dryRun ? { dry_run: true } : {}),
    ...(allowDuplicate ? { allow_duplicate: true } : {}),
    ...(key === null ? {} : { updates: key }),
    control: controlOf(control),
  };
}

const WORDS: Record<string, string> = {
  EntityTooLarge: "The file is larger than 5 MB. Split it into smaller files.",
  AccessDenied: "S3 denied the upload. The upload permission might have expired. Try again.",
};

/**
 * Post a file to the bucket. XMLHttpRequest reports progress, which fetch doesn't.
 *
 * @param progress number of bytes sent
 * @returns the version ID of the object; rejects with a message for the page
 */
export async function transfer(
  form: UploadForm,
  file: File,
  progress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string | null> {
  signal.throwIfAborted();
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  body.append("file", file); // S3 ignores fields after the file
  const { promise, resolve, reject } = Promise.withResolvers() as PromiseWithResolvers<
    string | null
  >;
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

function refusal({ status, responseText }: XMLHttpRequest) {
  const code = /<Code>([^<]*)<\/Code>/.exec(responseText)?.[1] ?? `status ${status}`;
  return WORDS[code] ?? `S3 refused the file (${code}). Try again.`;
}

const PAUSE = 700; // milliseconds
const MOST = 100; // uploads of one key
const GONE = [401, 403, 404];

/**
 * Follow the upload of an object version until its final status.
 *
 * @param seen called with every state except the final one
 * @returns the upload at its final status
 */
export async function follow(
  key: string,
  version: string | null,
  seen: (upload: Upload) => void,
  signal: AbortSignal,
): Promise<Upload> {
  let upload = await first(key, version, signal);
  while (isMoving(upload)) {
    seen(upload);
    await pause(signal);
    upload =
      (await patiently(() => get(`v1/uploads/${upload.id}`, {}, { signal }), signal)) ?? upload;
  }
  return upload;
}

async function first(key: string, version: string | null, signal: AbortSignal): Promise<Upload> {
  for (;;) {
    const page: List<Upload> | null = await patiently(
      () => get("v1/uploads", { key, limit: MOST }, { signal }),
      signal,
    );
    // An updated file has the same key as the earlier one.
    const upload = page?.data.find(({ version_id }) => version_id === version);
    if (upload !== undefined) return upload;
    await pause(signal);
  }
}

/** Send a request. Return null for a temporary failure. */
async function patiently<Answer>(
  ask: () => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer | null> {
  try {
    return await ask();
  } catch (error) {
    if (signal.aborted || (error instanceof ApiError && GONE.includes(error.status))) throw error;
    return null;
  }
}

async function pause(signal: AbortSignal) {
  await new Promise((resume) => setTimeout(resume, PAUSE));
  signal.throwIfAborted();
}
