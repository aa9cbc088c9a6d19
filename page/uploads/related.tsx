import type { ComponentChildren } from "preact";
import { Failed } from "../components/feedback";
import { Table } from "../components/table";
import { get, pathPart } from "../lib/api";
import { counted } from "../lib/format";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import type { List, Revert, Upload } from "../types";
import { columns } from "./list/columns";

const AT_MOST = 100;

/** Return the newest uploads of corrected error files of an upload. */
export function childrenOf(id: string, signal?: AbortSignal): Promise<List<Upload>> {
  return get("v1/uploads", { parent: id, limit: AT_MOST }, { signal });
}

/** Return the uploads that a revert doesn't change. */
export function revertPreview(id: string, signal?: AbortSignal): Promise<Revert> {
  return get(`v1/uploads/${pathPart(id)}/revert`, {}, { signal });
}

/** Return the file names of uploads. If an upload can't be read, return its ID. */
export function named(
  ids: string[],
  signal?: AbortSignal,
): Promise<{ id: string; name: string }[]> {
  return Promise.all(
    ids.map(async (id) => {
      try {
        const upload: Upload = await get(`v1/uploads/${pathPart(id)}`, {}, { signal });
        return { id, name: upload.file_name };
      } catch {
        return { id, name: id };
      }
    }),
  );
}

const SHOWN = 20;

/** Links to uploads by file name, up to a limit. */
export function UploadLinks({ ids }: { ids: string[] }) {
  const first = ids.slice(0, SHOWN);
  const { answer } = useQuery("names", (signal) => named(first, signal), [first.join()]);
  const links = answer ?? first.map((id) => ({ id, name: id }));
  return (
    <ul class="links">
      {links.map(({ id, name }) => (
        <li key={id}>
          <a href={href(["uploads", id])}>{name}</a>
        </li>
      ))}
      {ids.length > SHOWN && <li>and {counted(ids.length - SHOWN, "more", "more")}</li>}
    </ul>
  );
}

/** The corrected error files of an upload. */
export function Children({ upload }: { upload: Upload }) {
  const { answer, failure, reload } = useQuery(
    "corrections",
    (signal) => childrenOf(upload.id, signal),
    [upload.id],
  );
  if (failure !== null && answer === null) {
    return (
      <Failed what="Couldn't load the corrected error files." error={failure} again={reload} />
    );
  }
  if (answer === null || answer.data.length === 0) return null;
  return (
    <section>
      <h2>Corrected error files</h2>
      <Table
        caption="Corrected error files"
        columns={columns}
        rows={answer.data}
        id={({ id }: Upload) => id}
      />
      {answer.has_more && <p class="weak">Only the newest ones are shown.</p>}
    </section>
  );
}

/** The uploads related to a revert that started. */
export function LeftByRevert({ upload }: { upload: Upload }) {
  const { answer, failure, reload } = useQuery(
    "revert",
    (signal) => revertPreview(upload.id, signal),
    [upload.id, upload.status],
  );
  if (failure !== null) {
    return <Failed what="Couldn't load the related uploads." error={failure} again={reload} />;
  }
  if (answer === null || answer.children.length + answer.duplicates.length === 0) return null;
  return (
    <section class="left-by-revert">
      <h2>Related uploads</h2>
      <Left revert={answer} />
    </section>
  );
}

/** The uploads that a revert doesn't change. */
export function Left({
  revert,
  children,
}: {
  revert: Pick<Revert, "children" | "duplicates">;
  /** appears below the uploads with duplicates */
  children?: ComponentChildren;
}) {
  const { children: corrected, duplicates } = revert;
  if (corrected.length + duplicates.length === 0) return <p>No other uploads are affected.</p>;
  return (
    <>
      {corrected.length > 0 && (
        <>
          <h3>Corrected error files keep their events</h3>
          <p>
            This revert doesn't include the following uploads. To remove their events, revert them
            too:
          </p>
          <UploadLinks ids={corrected} />
        </>
      )}
      {duplicates.length > 0 && (
        <>
          <h3>Duplicates in other uploads aren't counted automatically</h3>
          <p>
            The following uploads have rows that are duplicates of the reverted rows. To count these
            rows, reprocess the uploads after the revert:
          </p>
          <UploadLinks ids={duplicates} />
          {children}
        </>
      )}
    </>
  );
}
