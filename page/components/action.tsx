import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { wordsOf } from "../lib/api";

/** A button for an action that takes time. If the action fails, the button shows the error beside it. */
export function Action({
  act,
  kind = "",
  label,
  children,
}: {
  act: () => Promise<unknown>;
  /** the button's class */
  kind?: string;
  /** its name for screen readers, if its text isn't enough */
  label?: string;
  children: ComponentChildren;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");

  async function run() {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await act();
    } catch (failure) {
      setError(wordsOf(failure));
    }
    setBusy(false);
  }

  return (
    <>
      <button type="button" class={kind} aria-label={label} aria-disabled={busy} onClick={run}>
        {children}
      </button>
      {error && (
        <span class="field-error" role="alert">
          {error}
        </span>
      )}
    </>
  );
}
