import { useEffect } from "preact/hooks";
import { PageTitle, Status } from "../components/display";
import { announce, Failed, Loading, Notice } from "../components/feedback";
import { ApiError, get, pathPart } from "../lib/api";
import { href } from "../lib/router";
import { can } from "../lib/session";
import { usePolling } from "../lib/use-polling";
import { useQuery } from "../lib/use-query";
import type { Upload, ViewProps } from "../types";
import { Lifecycle } from "./actions";
import { UploadFacts } from "./facts";
import { Files } from "./files";
import { History } from "./history";
import { Children, LeftByRevert } from "./related";
import { Counts, Outcome, Totals } from "./result";
import { RowErrors } from "./row-errors";
import { isMoving, PAUSE, sentence } from "./status";

const REVERTED = ["reverting", "reverted"];

/** The view of one upload. It refreshes until the upload is final. */
export function UploadDetails({ parameters: { id = "" }, canWrite }: ViewProps) {
  const asked = useQuery(
    (signal) => get(`v1/uploads/${pathPart(id)}`, {}, { signal }) as Promise<Upload>,
    [id],
  );
  const upload = asked.answer;
  usePolling(asked.reload, PAUSE, upload !== null && isMoving(upload));
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
  return (
    <>
      <Back />
      <PageTitle title={upload.file_name}>
        <Status status={upload.status} />
        <div class="actions">
          <Files upload={upload} />
          {canWrite && <Lifecycle upload={upload} put={asked.put} />}
        </div>
      </PageTitle>
      {asked.failure !== null && (
        <Notice kind="warn">This page might be out of date because the API didn't respond.</Notice>
      )}
      <Outcome upload={upload} canWrite={can("files:write")} />
      {REVERTED.includes(upload.status) && <LeftByRevert upload={upload} />}
      <Counts upload={upload} />
      <Totals upload={upload} />
      <RowErrors upload={upload} />
      <Children key={upload.status} upload={upload} />
      <History key={`${upload.status} ${upload.run}`} upload={upload} />
      <UploadFacts upload={upload} />
    </>
  );
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
