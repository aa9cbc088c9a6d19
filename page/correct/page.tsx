import { useEffect, useState } from "preact/hooks";
import { Figures, PageTitle } from "../components/display";
import { announce, Failed, Loading, Notice, Progress } from "../components/feedback";
import { client } from "../lib/client";
import { count, counted } from "../lib/format";
import { href } from "../lib/router";
import { session } from "../lib/session";
import { useQuery } from "../lib/use-query";
import type { Upload, ViewProps } from "../types";
import { parts } from "../uploads/files";
import { noticeKind } from "../uploads/result";
import { sentence } from "../uploads/status";
import type { Corrections } from "./corrections";
import { RowsSection, type Shown } from "./grid/rows-section";
import { GroupList } from "./group-list";
import { isCorrectable } from "./link";
import { loadCorrections, PARTS_AT_ONCE, readUpload } from "./load";
import { type Outcome, sendRows } from "./send";

/** An upload's refused rows as people correct them. */
interface Draft {
  upload: Upload;
  first: number;
  corrections: Corrections;
  outcomes: Outcome[];
}

/** Corrections stay in memory, so that another view of the page doesn't lose them. Nothing is stored. */
const drafts: Map<string, Draft> = new Map();

session.subscribe((now) => {
  if (now === null) drafts.clear();
});

addEventListener("beforeunload", (event) => {
  if ([...drafts.values()].some(({ corrections }) => corrections.unsent.length > 0))
    event.preventDefault();
});

/** The view that corrects the refused rows of an upload: by group, and cell by cell. */
export function CorrectPage({ parameters: { id = "" }, query }: ViewProps) {
  const first = Math.max(1, Number.parseInt(query.get("part") ?? "1", 10) || 1);
  // An answer from an earlier visit would be shown before the new one, and corrections of it would be lost.
  const [visit] = useState(() => crypto.randomUUID());
  const { answer, failure, reload } = useQuery<Draft | Upload>(
    "refused rows",
    (signal) => open(id, first, signal),
    [visit, id, first],
    { staleTime: Number.POSITIVE_INFINITY },
  );
  useEffect(
    () => () => {
      client.removeQueries({ queryKey: ["refused rows", visit] });
      for (const [key, { corrections }] of drafts) {
        const isBusy = corrections.open.some(({ state }) => state === "sending");
        if (corrections.unsent.length === 0 && !isBusy) drafts.delete(key);
      }
    },
    [id, first],
  );
  const upload = answer !== null && "corrections" in answer ? answer.upload : answer;
  return (
    <>
      <p class="back">
        <a href={href(["uploads", id])}>{upload?.file_name ?? "Upload"}</a>
      </p>
      <PageTitle title="Correct rows" />
      {answer === null && failure === null && <Loading what="the refused rows" />}
      {failure !== null && (
        <Failed what="Couldn't load the refused rows." error={failure} again={reload} />
      )}
      {answer !== null &&
        ("corrections" in answer ? (
          <Workbench key={`${id} ${first}`} draft={answer} />
        ) : (
          <Notice>
            <p>
              This upload has no refused rows that you can correct here.{" "}
              <a href={href(["uploads", id])}>View the upload</a>
            </p>
          </Notice>
        ))}
    </>
  );
}

/** Return the draft of an upload, or the upload if it has no rows to correct. */
async function open(id: string, first: number, signal: AbortSignal): Promise<Draft | Upload> {
  const upload = await readUpload(id, signal);
  if (!isCorrectable(upload)) return upload;
  const key = `${id} ${first}`;
  const known = drafts.get(key);
  if (known !== undefined && known.upload.run === upload.run) return known;
  const draft = {
    upload,
    first,
    corrections: await loadCorrections(upload, first, signal),
    outcomes: [],
  };
  drafts.set(key, draft);
  return draft;
}

function Workbench({ draft }: { draft: Draft }) {
  const { upload, corrections, first } = draft;
  corrections.version.value; // renders again after every change
  const [shown, setShown] = useState<Shown>({ name: "wrong" });
  const [asked, setAsked] = useState(0);
  const open = corrections.open;
  if (open.length === 0)
    return (
      <>
        <Outcomes outcomes={draft.outcomes} />
        <Notice kind="good">
          <p>
            <strong>No refused row is left.</strong> Every row of this error file is counted.{" "}
            <a href={href(["uploads", upload.id])}>View the upload</a>
          </p>
        </Notice>
        <PartLinks upload={upload} first={first} />
      </>
    );
  return (
    <>
      <SendBar draft={draft} />
      <Outcomes outcomes={draft.outcomes} />
      {corrections.note !== "" && <Notice kind="warn">{corrections.note}</Notice>}
      <PartLinks upload={upload} first={first} />
      <GroupList
        corrections={corrections}
        show={(key) => {
          setShown({ name: "group", key });
          setAsked((before) => before + 1);
        }}
      />
      <RowsSection corrections={corrections} shown={shown} show={setShown} asked={asked} />
    </>
  );
}

/** How many rows are in which state, and the buttons to send and to undo. */
function SendBar({ draft }: { draft: Draft }) {
  const { corrections, upload } = draft;
  const ready = corrections.ready.length;
  const sending = corrections.open.filter(({ state }) => state === "sending").length;
  const leftOut = corrections.open.filter((row) => row.leftOut).length;
  const send = async () => {
    draft.outcomes = [];
    draft.outcomes = await sendRows(corrections, upload);
    corrections.version.value++;
    const words = draft.outcomes.map((outcome) =>
      outcome.upload ? sentence(outcome.upload) : outcome.words,
    );
    announce(words.join(" "));
  };
  return (
    <section class="send-bar" aria-label="Corrections">
      <Figures
        figures={[
          { name: "Refused", value: count(corrections.open.length) },
          { name: "To correct", value: count(corrections.open.length - ready - leftOut - sending) },
          { name: "Ready to send", value: count(ready) },
          { name: "Left out", value: count(leftOut) },
        ]}
      />
      <div class="actions">
        <button
          type="button"
          class="primary"
          disabled={ready === 0 && sending === 0}
          aria-disabled={sending > 0}
          onClick={() => sending === 0 && send()}
        >
          {ready === 0 ? "Send corrected rows" : `Send ${counted(ready, "corrected row")}`}
        </button>
        <button type="button" disabled={!corrections.canUndo} onClick={() => corrections.undo()}>
          Undo
        </button>
        <p class="hint">
          Only corrected rows are sent, and each row counts once. Corrections that you don't send
          are lost when you close this tab.
        </p>
      </div>
      {sending > 0 && <Progress label={`Sending ${counted(sending, "row")}`} />}
    </section>
  );
}

/** The results of the corrected files that were sent last. */
function Outcomes({ outcomes }: { outcomes: Outcome[] }) {
  return outcomes.map(({ upload, words }) => (
    <Notice key={upload?.id ?? words} kind={upload === null ? "bad" : noticeKind(upload)}>
      <p>
        {upload === null ? (
          <>
            <strong>The corrected rows couldn't be sent.</strong> {words} Send them again.
          </>
        ) : (
          <>
            <strong>{sentence(upload)}</strong> {words}{" "}
            <a href={href(["uploads", upload.id])}>Details</a>
          </>
        )}
      </p>
      {upload !== null && upload.error_count > 0 && (
        <p>The rows that were refused again are below, with their new reasons.</p>
      )}
    </Notice>
  ));
}

/** Links to the other parts of a large error file. */
function PartLinks({ upload, first }: { upload: Upload; first: number }) {
  const all = parts(upload);
  if (all <= PARTS_AT_ONCE) return null;
  const starts = Array.from(
    { length: Math.ceil(all / PARTS_AT_ONCE) },
    (_, at) => at * PARTS_AT_ONCE + 1,
  );
  return (
    <nav class="part-links" aria-label="Parts of the error file">
      The error file has {all} parts:
      {starts.map((start) => (
        <a
          key={start}
          href={href(["uploads", upload.id, "correct"], { part: start })}
          aria-current={start === first ? "true" : undefined}
        >
          {start} to {Math.min(all, start + PARTS_AT_ONCE - 1)}
        </a>
      ))}
    </nav>
  );
}
