import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { wordsOf } from "../lib/api";

/** The number of bars of each shape. A shape is the class of what is being loaded. */
const BARS = { table: 8, figures: 4, facts: 4, chart: 1, lines: 3 };

/** The shape of a part that is being loaded, so that nothing moves when it arrives. */
export function Loading({
  what,
  shape = "table",
}: {
  /** as in "Loading uploads…" */
  what: string;
  shape?: keyof typeof BARS;
}) {
  return (
    <div class={`loading ${shape}`} role="status">
      <span class="unseen">Loading {what}…</span>
      {Array.from({ length: BARS[shape] }, (_, bar) => (
        <span key={bar} class="bar" aria-hidden="true"></span>
      ))}
    </div>
  );
}

/** An empty list: a sentence, and the next step. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

/** An action that failed, with its error. */
export function Failed({
  what,
  error,
  again,
}: {
  /** as in "Couldn't load the uploads." */
  what: string;
  error: unknown;
  again?: () => void;
}) {
  return (
    <div class="notice bad" role="alert">
      <p>
        <strong>{what}</strong> {wordsOf(error)}
      </p>
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Notice({
  kind = "info",
  children,
}: {
  kind?: "good" | "warn" | "bad" | "info";
  children: ComponentChildren;
}) {
  return <div class={`notice ${kind}`}>{children}</div>;
}

/** A progress bar. Without `most`, it shows activity only. */
export function Progress({ label, value, most }: { label: string; value?: number; most?: number }) {
  const id = useId();
  const known = most !== undefined && most > 0;
  return (
    <div class="progress">
      <span id={id}>{label}</span>
      <progress
        aria-labelledby={id}
        max={known ? most : undefined}
        value={known ? value : undefined}
      ></progress>
    </div>
  );
}

const words = signal("");

/** Have screen readers read a visible change. */
export function announce(sentence: string) {
  words.value = sentence;
}

/** The only live region. It always exists, because screen readers skip a region that appears together with its text. */
export function Announcer() {
  return (
    <p class="unseen" role="status" aria-live="polite">
      {words}
    </p>
  );
}
