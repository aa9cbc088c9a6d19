import { useEffect, useRef } from "preact/hooks";
import { PageTitle } from "../components/display";
import { announce, Failed, Loading, Notice } from "../components/feedback";
import { ApiError, get, pathPart } from "../lib/api";
import { href } from "../lib/router";
import { can } from "../lib/session";
import type { Asked } from "../lib/use-query";
import { useQuery } from "../lib/use-query";
import type { Upload, ViewProps } from "../types";
import { Lifecycle } from "./actions";
import { UploadFacts } from "./facts";
import { Files } from "./files";
import { History, lastCounts, useHistory } from "./history";
import { UploadStatus } from "./list/columns";
import { Children, LeftByRevert } from "./related";
import { Counts, Outcome } from "./result";
import { RowErrors } from "./row-errors";
import { isMoving, PAUSE, sentence } from "./status";
import { Totals } from "./totals";

const REVERTED = ["reverting", "reverted"];

/** The view of one upload. It refreshes until the upload is final. */
export function UploadDetails({ parameters: { id = "" }, canWrite }: ViewProps) {
  const asked = useQuery(
    "upload",
    (signal) => get(`v1/uploads/${pathPart(id)}`, {}, { signal }) as Promise<Upload>,
    [id],
    { poll: (upload) => isMoving(upload) && PAUSE },
  );
  const upload = asked.answer;
  useEffect(() => {
    if (upload !== null) announce(sentence(upload));
  }, [upload?.status]);

  if (upload === null) {
    return (
      <>
        <Back />
        <PageTitle title="Upload" />
        {asked.failure === null ? (
          <Loading what="the upload" />
        ) : (
          <NotLoaded asked={asked} id={id} />
        )}
      </>
    );
  }
  return <Loaded upload={upload} asked={asked} canWrite={canWrite} />;
}

function Loaded({
  upload,
  asked,
  canWrite,
}: {
  upload: Upload;
  asked: Asked<Upload>;
  canWrite: boolean;
}) {
  const history = useHistory(upload);
  const open = history.answer?.open_error_count ?? null;
  const shown = useLastRun(upload);
  return (
    <>
      <Back />
      <PageTitle title={upload.file_name}>
        <UploadStatus upload={upload} />
        <div class="actions">
          <Files upload={upload} open={open} />
          {canWrite && <Lifecycle upload={upload} put={asked.put} />}
        </div>
      </PageTitle>
      {asked.failure !== null && (
        <Notice kind="warn">This page might be out of date because the API didn't respond.</Notice>
      )}
      <Outcome upload={upload} open={open} canWrite={can("files:write")} />
      {REVERTED.includes(upload.status) && <LeftByRevert upload={upload} />}
      <Counts upload={upload} last={lastCounts(history.answer)} />
      <div class={shown === upload ? undefined : "last-run"}>
        <Totals upload={shown} />
        <RowErrors upload={shown} />
      </div>
      <Children key={upload.status} upload={upload} />
      <History asked={history} />
      <UploadFacts upload={upload} />
    </>
  );
}

/**
 * Return the upload as it was before its new run, until that run is complete. A new run begins without totals and row
 * errors, although the rows that are counted stay counted.
 */
function useLastRun(upload: Upload): Upload {
  const last = useRef<Upload | null>(null);
  if (!isMoving(upload)) last.current = upload;
  const isNewRun = upload.status === "processing" || upload.status === "pending";
  return isNewRun && last.current?.id === upload.id ? last.current : upload;
}

function Back() {
  return (
    <p class="back">
      <a href={href(["uploads"])}>Data management</a>
    </p>
  );
}

function NotLoaded({ asked, id }: { asked: { failure: unknown; reload: () => void }; id: string }) {
  if (asked.failure instanceof ApiError && asked.failure.status === 404) {
    return (
      <Notice>
        <p>
          Upload {id} doesn't exist. <a href={href(["uploads"])}>View all uploads</a>
        </p>
      </Notice>
    );
  }
  return <Failed what="Couldn't load the upload." error={asked.failure} again={asked.reload} />;
}
