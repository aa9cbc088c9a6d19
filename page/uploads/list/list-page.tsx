import { useEffect, useRef, useState } from "preact/hooks";
import { Action } from "../../components/action";
import { PageTitle } from "../../components/display";
import { announce, Empty, Failed, Loading, Notice } from "../../components/feedback";
import { LiveRows, Refresh } from "../../components/live";
import { LoadMore, Table } from "../../components/table";
import { Way } from "../../components/way";
import { ApiError } from "../../lib/api";
import { client } from "../../lib/client";
import { save } from "../../lib/download";
import { count } from "../../lib/format";
import { go, href } from "../../lib/router";
import { can } from "../../lib/session";
import { usePages } from "../../lib/use-pages";
import type { Query, Upload, ViewProps } from "../../types";
import { isMoving, PAUSE, resultOf } from "../status";
import { columns } from "./columns";
import { Filters } from "./filters";
import { OPEN_UPLOADS, OpenUploadsLink } from "./open-page";
import { readSearch } from "./search";
import { SelectedActions, selectColumn, useSelection } from "./selection";

const PAGE = 25;
const QUIET_PAUSE = 5000; // milliseconds; partners upload files at any time

/** Data management: the uploads that match the filters, newest first. */
export function UploadsPage({ query, canWrite }: ViewProps) {
  const { query: asked, problems, id } = readSearch(query);
  const isWrong = Object.keys(problems).length > 0;
  const [isSettled, setIsSettled] = useState(false);
  useEffect(() => {
    if (id !== null) go(["uploads", id], {}, { replace: true });
  }, [id]);
  return (
    <>
      <PageTitle title="Data management">
        <div class="actions">
          <OpenUploadsLink enabled={isSettled || isWrong} />
          {canWrite && (
            <a class="button primary" href={href(["upload"])}>
              Upload files
            </a>
          )}
        </div>
      </PageTitle>
      <Filters query={query} problems={problems} />
      {!isWrong && id === null && (
        <Uploads
          asked={asked}
          narrowed={query.size > 0}
          canWrite={canWrite}
          settled={() => setIsSettled(true)}
        />
      )}
    </>
  );
}

/** The list. It refreshes. */
function Uploads({
  asked,
  narrowed,
  canWrite,
  settled,
}: {
  asked: Query;
  narrowed: boolean;
  canWrite: boolean;
  /** called when the first page is loaded, or couldn't be loaded */
  settled: () => void;
}) {
  const uploads = usePages<Upload>(
    "v1/uploads",
    { ...asked, limit: PAGE },
    { poll: (all) => (all.some(isMoving) ? PAUSE : QUIET_PAUSE), moving: isMoving },
  );
  const shown: Upload[] = uploads.things ?? [];
  const selection = useSelection();
  const [cut, setCut] = useState<number | null>(null);
  useSpokenChanges(shown);
  useCountedChanges(shown);
  const isLoading = uploads.things === null && uploads.failure === null;
  useEffect(() => {
    if (!isLoading) settled();
  }, [isLoading]);

  async function download() {
    // The writer of CSV files is loaded when it is needed.
    const { exportUploads } = await import("./export").catch(() => {
      throw new Error("Couldn't load this part of the page. Reload the page and try again.");
    });
    const file = await exportUploads(asked);
    save(new Blob([file.csv], { type: "text/csv" }), "uploads.csv");
    setCut(file.cut);
  }

  if (uploads.things === null) {
    if (uploads.failure === null) return <Loading what="uploads" />;
    return (
      <Failed
        what="Couldn't load the uploads."
        error={inWords(uploads.failure)}
        again={uploads.more}
      />
    );
  }
  return (
    <>
      {uploads.stale && (
        <Notice kind="warn">This list might be out of date because the API didn't respond.</Notice>
      )}
      {shown.length === 0 ? (
        <NoUploads narrowed={narrowed} canWrite={canWrite} />
      ) : (
        <>
          <div class="list-bar">
            <SelectedActions
              uploads={shown.filter(({ id }) => selection.ids.has(id))}
              put={uploads.put}
              clear={selection.clear}
            />
            <div class="actions">
              <Action act={download}>Download CSV</Action>
              <Refresh refresh={uploads.refresh} at={uploads.updatedAt} />
            </div>
          </div>
          {cut !== null && (
            <Notice kind="warn">
              The file has the newest {count(cut)} uploads only. To download others, choose days in
              Received from and Received to.
            </Notice>
          )}
          <LiveRows key={uploads.list} rows={shown} id={idOf}>
            {(rows) => (
              <Table
                caption="Uploads, newest first"
                columns={can("uploads:write") ? [selectColumn(selection), ...columns] : columns}
                rows={rows}
                id={idOf}
              />
            )}
          </LiveRows>
          <LoadMore {...uploads} failure={inWords(uploads.failure)} />
        </>
      )}
    </>
  );
}

function idOf({ id }: Upload) {
  return id;
}

/** The API's message names its parameters. Name the labels of the filters instead. */
function inWords(failure: unknown) {
  if (!(failure instanceof ApiError) || failure.code !== "filter_too_broad") return failure;
  return new Error(
    "Too many uploads to search. Choose fewer days in Received from and Received to.",
  );
}

function NoUploads({ narrowed, canWrite }: { narrowed: boolean; canWrite: boolean }) {
  if (narrowed)
    return (
      <Empty>
        <p>
          No uploads match your filters. <a href={href(["uploads"])}>View all uploads</a>
        </p>
      </Empty>
    );
  return (
    <Empty>
      <h2>No uploads yet</h2>
      <Way />
      {canWrite && (
        <a class="button primary" href={href(["upload"])}>
          Upload your first file
        </a>
      )}
    </Empty>
  );
}

/** Have screen readers read which uploads became final. */
function useSpokenChanges(shown: Upload[]) {
  const moving = useRef<Set<string>>(new Set());
  useEffect(() => {
    const final = shown.filter((upload) => moving.current.has(upload.id) && !isMoving(upload));
    const words = final.map((upload) => `${upload.file_name}: ${resultOf(upload).words}`);
    if (words.length > 0) announce(words.join(". "));
    moving.current = new Set(shown.filter(isMoving).map(({ id }) => id));
  }, [shown]);
}

/** Have the number of uploads that need somebody read again when an upload of the list becomes final. */
function useCountedChanges(shown: Upload[]) {
  const final = shown.filter((upload) => !isMoving(upload));
  const state = final.map(({ id, status, run }) => `${id} ${status} ${run}`).join();
  const before = useRef("");
  useEffect(() => {
    if (before.current !== "") client.invalidateQueries({ queryKey: [OPEN_UPLOADS] });
    before.current = state;
  }, [state]);
}
