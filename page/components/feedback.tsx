import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { wordsOf } from "../lib/api";

/** @param props as in "Loading uploads…" */
export function Loading({ what }: { what: string }) {
  return (
    <p class="notice" role="status">
      Loading {what}…
    </p>
  );
}

/** @param props a sentence, and what to do */
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="notice">{children}</div>;
}

/** @param props as in "Couldn't load the uploads." */
export function Failed({
  what,
  error,
  again,
}: {
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
