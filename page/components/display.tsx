import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { localTime, utcTime, ZONE } from "../lib/format";
import type { Change } from "../types";

/**
 * The heading of a view. It sets the tab's title, and gets the focus when the view appears, so that screen readers
 * read it.
 */
export function PageTitle({
  title,
  children,
}: {
  title: string;
  /** what appears beside it */
  children?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    document.title = `${title} · Meterdrop`;
  }, [title]);
  return (
    <div class="page-title">
      <h1 tabindex={-1} ref={heading}>
        {title}
      </h1>
      {children}
    </div>
  );
}

/** A list of names and values. Names without a value are left out. */
export function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Key figures, side by side. */
export function Figures({
  figures,
}: {
  figures: { name: string; value: string; hint?: string }[];
}) {
  return (
    <dl class="figures">
      {figures.map(({ name, value, hint }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="figure">{value}</dd>
          {hint && <dd class="hint">{hint}</dd>}
        </div>
      ))}
    </dl>
  );
}

const WORDS: Record<string, [string, string]> = {
  pending: ["Waiting", "moving"],
  processing: ["Processing", "moving"],
  succeeded: ["Succeeded", "good"],
  succeeded_with_errors: ["Succeeded with errors", "warn"],
  failed: ["Failed", "bad"],
  reverting: ["Reverting", "moving"],
  reverted: ["Reverted", "calm"],
  active: ["Active", "good"],
  inactive: ["Inactive", "calm"],
  cancelled: ["Cancelled", "calm"],
  open: ["Open", "calm"],
  closing: ["Closing", "moving"],
  closed: ["Closed", "good"],
};

/** A status as a badge. The text is enough to understand it without the color. */
export function Status({ status }: { status: string }) {
  const kind = statusKind(status);
  const words = statusWords(status);
  return <span class={`badge ${kind}`}>{words}</span>;
}

export function statusWords(status: string) {
  return WORDS[status]?.[0] ?? status;
}

/** Return the class of a status's badge. */
export function statusKind(status: string) {
  return WORDS[status]?.[1] ?? "calm";
}

/** A time in the browser's time zone. Its tooltip has the zone's name, and UTC. */
export function LocalTime({ at }: { at: number | null }) {
  if (at === null) return "–";
  return (
    <time
      datetime={new Date(at * 1000).toISOString()}
      title={`${localTime(at)} ${ZONE}, ${utcTime(at)}`}
    >
      {localTime(at)}
    </time>
  );
}

const PARTS: Record<string, string> = {
  ingest: "Meterdrop",
  recover: "Meterdrop",
  sweep: "Meterdrop (sweep)",
};

/** The author of a change, with the name of an API key if it has one. */
export function Author({ by }: { by: Change["by"] }) {
  if (by === null) return "–";
  if (by.id === "meterdrop") return PARTS[by.name ?? ""] ?? `Meterdrop (${by.name})`;
  return (
    <>
      {by.name && <>{by.name} </>}
      <code>{by.id}</code>
    </>
  );
}

/** A last change as a fact: what, when, and by whom. */
export function LastChange({ change }: { change: Change }) {
  return (
    <>
      {change.action}
      {change.at !== null && (
        <>
          , <LocalTime at={change.at} />
        </>
      )}
      , by <Author by={change.by} />
    </>
  );
}
