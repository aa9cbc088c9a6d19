import { useState } from "preact/hooks";
import { LocalTime, PageTitle } from "../../components/display";
import type { Column } from "../../components/table";
import { Listed, Table } from "../../components/table";
import { isCorrectable } from "../../correct/link";
import { get } from "../../lib/api";
import { count, counted, ZONE } from "../../lib/format";
import { href } from "../../lib/router";
import { can } from "../../lib/session";
import { usePages } from "../../lib/use-pages";
import { useQuery } from "../../lib/use-query";
import type { List, OpenUpload, Upload } from "../../types";
import { ReprocessDialog } from "../actions";
import { FileCell } from "./columns";

/** The path of the API, and the name of the answer. */
export const OPEN_UPLOADS = "v1/open_uploads";
const PAGE = 25;
const MOST_COUNTED = 100;
const PAUSE = 60_000; // milliseconds; the API checks every one of these uploads each time

/** The uploads that need somebody: why, and what to do. */
export function OpenUploadsPage() {
  const open = usePages<OpenUpload>(OPEN_UPLOADS, { limit: PAGE }, { poll: () => PAUSE });
  const [chosen, setChosen] = useState<Upload | null>(null);
  return (
    <>
      <p class="back">
        <a href={href(["uploads"])}>Data management</a>
      </p>
      <PageTitle title="Needs attention" />
      <p class="hint zone">
        Failed files, files with refused rows that no later file has counted, and files in progress
        for more than 30 minutes. Times in {ZONE}
      </p>
      <Listed list={open} what="uploads" empty={NOTHING}>
        {(things) => (
          <Table
            caption="Uploads that need attention, newest first"
            columns={[...COLUMNS, nextStep(setChosen)]}
            rows={things}
            id={({ id }: OpenUpload) => id}
          />
        )}
      </Listed>
      {chosen && (
        <ReprocessDialog upload={chosen} put={open.refresh} close={() => setChosen(null)} />
      )}
    </>
  );
}

const NOTHING = (
  <p>
    Nothing needs your attention. <a href={href(["uploads"])}>View all uploads</a>
  </p>
);

const COLUMNS: Column<OpenUpload>[] = [
  { name: "File", heading: true, cell: ({ upload }) => <FileCell upload={upload} /> },
  { name: "Received", cell: ({ upload }) => <LocalTime at={upload.created} /> },
  { name: "Why", cell: why },
];

function why({ reason, open_error_count: open, upload }: OpenUpload) {
  if (reason === "failed") return "The whole file was refused";
  if (reason === "in_progress") return "It takes unusually long";
  const since = upload.error_count - open;
  const words = `${counted(open, "refused row")} to correct`;
  return since > 0 ? `${words}, ${count(since)} corrected since` : words;
}

/** @param reprocess opens the dialog */
function nextStep(reprocess: (upload: Upload) => void): Column<OpenUpload> {
  return {
    name: "Next step",
    cell: ({ reason, upload }) => {
      const { id, file_name } = upload;
      if (reason === "failed" && can("uploads:write"))
        return (
          <button
            type="button"
            aria-label={`Reprocess ${file_name}`}
            onClick={() => reprocess(upload)}
          >
            Reprocess…
          </button>
        );
      return reason === "refused_rows" && can("files:write") && isCorrectable(upload) ? (
        <a href={href(["uploads", id, "correct"])} aria-label={`Correct rows of ${file_name}`}>
          Correct rows
        </a>
      ) : (
        <a href={href(["uploads", id])} aria-label={`View ${file_name}`}>
          View
        </a>
      );
    },
  };
}

/** The link to the uploads that need somebody, with their number. */
export function OpenUploadsLink({
  enabled,
}: {
  /** whether to count them, because that takes longer than the list */
  enabled: boolean;
}) {
  const { answer } = useQuery(
    OPEN_UPLOADS,
    (signal) => get<List<OpenUpload>>(OPEN_UPLOADS, { limit: MOST_COUNTED }, { signal }),
    [],
    { enabled, poll: () => PAUSE, staleTime: PAUSE },
  );
  const number =
    answer === null ? "" : ` (${count(answer.data.length)}${answer.has_more ? "+" : ""})`;
  return (
    <a class="button" href={href(["uploads", "open"])}>
      Needs attention{number}
    </a>
  );
}
