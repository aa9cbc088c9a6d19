import { Status } from "../components/display";
import { ApiError, get } from "../lib/api";
import { localTime } from "../lib/format";
import { href } from "../lib/router";
import type { List, Query, Upload } from "../types";
import { sentence } from "../uploads/status";
import { decide } from "./queue";
import type { Item } from "./types";

/** Earlier uploads with the same file name. A file with a known name might be an update. */

const AT_MOST = 3; // uploads that are offered
const PAGE = 100;
const MOST_PAGES = 5;
const RECENT = 31 * 86_400; // seconds
const COUNTING = ["pending", "processing", "succeeded", "succeeded_with_errors"];

/**
 * Find the usage uploads with exactly this name that count: the newest one of each key, newest first. Corrected error
 * files are left out, because each of their rows counts once under any key.
 */
export async function earlierOf(name: string, signal: AbortSignal): Promise<Upload[]> {
  try {
    return await found(name, {}, signal);
  } catch (error) {
    // If there are too many uploads to search, search the recent ones.
    if (!(error instanceof ApiError) || error.code !== "filter_too_broad") throw error;
    const since = Math.floor(Date.now() / 1000) - RECENT;
    return found(name, { "created[gte]": since }, signal);
  }
}

async function found(name: string, within: Query, signal: AbortSignal) {
  const wanted = name.normalize();
  const byKey: Map<string, Upload> = new Map();
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { ...within, file_name: wanted, limit: PAGE, starting_after: after };
    const { data, has_more }: List<Upload> = await get("v1/uploads", query, { signal });
    for (const upload of data) {
      if (upload.file_name.normalize() === wanted && canBeUpdated(upload) && !byKey.has(upload.key))
        byKey.set(upload.key, upload);
    }
    after = data.at(-1)?.id;
    if (!has_more || byKey.size >= AT_MOST) break;
  }
  return [...byKey.values()].slice(0, AT_MOST);
}

function canBeUpdated({ kind, dry_run, parent, status }: Upload) {
  return kind === "usage" && !dry_run && parent === null && COUNTING.includes(status);
}

/** The choice between an update of an earlier file and a new file. */
export function EarlierChoice({ item }: { item: Item }) {
  const { id, file, earlier, updates, state } = item;
  const isChosen = (upload: string | null) => state !== "undecided" && updates === upload;
  return (
    <fieldset class="earlier">
      <legend>
        You already uploaded a file named {file.name}. Is this an updated version of it?
      </legend>
      {earlier?.map((upload) => (
        <div key={upload.id}>
          <label>
            <input
              type="radio"
              name={`earlier-${id}`}
              checked={isChosen(upload.id)}
              onChange={() => decide(id, upload.id)}
            />
            <span>
              Yes, update the file from {localTime(upload.created)}. Rows in both files count once.
            </span>
          </label>
          <Had upload={upload} />
        </div>
      ))}
      <div>
        <label>
          <input
            type="radio"
            name={`earlier-${id}`}
            checked={isChosen(null)}
            onChange={() => decide(id, null)}
          />
          <span>No, upload it as a new file. Rows without an identifier count again.</span>
        </label>
      </div>
    </fieldset>
  );
}

/** The result and the key of an earlier upload. */
function Had({ upload }: { upload: Upload }) {
  return (
    <p class="hint">
      <Status status={upload.status} /> {sentence(upload)}{" "}
      <a href={href(["uploads", upload.id])}>{upload.key}</a>
    </p>
  );
}
