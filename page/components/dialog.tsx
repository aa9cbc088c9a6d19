import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { wordsOf } from "../lib/api";

/**
 * A dialog that confirms an action. If the action fails, the dialog stays open and shows the error. A retry sends the
 * same Idempotency-Key, because perhaps only the response was lost.
 */
export function ConfirmDialog({
  title,
  confirm,
  dismiss = "Cancel",
  danger,
  ready = true,
  act,
  close,
  children,
}: {
  title: string;
  /** label of the button: "Revert", "Delete" */
  confirm: string;
  /** label of the other button */
  dismiss?: string;
  /** whether the action deletes something */
  danger?: boolean;
  /** false while its content is loading */
  ready?: boolean;
  act: (idempotencyKey: string) => Promise<unknown>;
  /** called after the action and on cancel */
  close: () => void;
  /** what the action does */
  children: ComponentChildren;
}) {
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);

  async function submit(event: Event) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      await act(idempotencyKey);
      close();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  }

  return (
    <Dialog title={title} close={close}>
      <form onSubmit={submit}>
        <div class="dialog-body">{children}</div>
        {failure !== null && (
          <p class="field-error" role="alert">
            {wordsOf(failure)}
          </p>
        )}
        <div class="dialog-actions">
          <button type="button" onClick={close}>
            {dismiss}
          </button>
          <button
            type="submit"
            class={danger ? "danger" : "primary"}
            disabled={!ready}
            aria-disabled={busy}
          >
            {busy ? "Please wait…" : confirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The browser's own dialog. It keeps the focus inside, closes on Escape, and returns the focus. */
export function Dialog({
  title,
  close,
  children,
}: {
  title: string;
  close: () => void;
  children: ComponentChildren;
}) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // The action can remove the element that opened the dialog.
      requestAnimationFrame(() => {
        const opener =
          before instanceof HTMLElement && before.isConnected
            ? before
            : document.querySelector("h1");
        opener?.focus();
      });
    };
  }, []);
  // The browser returns the focus before the close event. Without this, keys pressed in between are lost.
  const cancel = (event: Event) => {
    event.preventDefault();
    close();
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onCancel={cancel} onClose={close}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}
