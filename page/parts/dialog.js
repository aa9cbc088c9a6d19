import { useEffect, useId, useRef, useState } from "preact/hooks";
import { wordsOf } from "../app/api-error.js";
import { html } from "../app/html.js";

/**
 * A question before something is done. It stays, with the reason, where that fails; then it is done again under the same
 * Idempotency-Key, for it may be the answer alone that was lost.
 *
 * @param {object} props
 * @param {string} props.title
 * @param {string} props.confirm what the button says: "Revert", "Delete"
 * @param {string} [props.dismiss] what the other button says
 * @param {boolean} [props.danger] whether it takes something away
 * @param {boolean} [props.ready] false while what it says is still being asked for
 * @param {(idempotencyKey: string) => Promise<unknown>} props.act
 * @param {() => void} props.close called after it was done, and when the reader thinks better of it
 * @param {import("preact").ComponentChildren} props.children what will happen
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
}) {
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(/** @type {unknown} */ (null));

  /** @param {Event} event */
  async function submit(event) {
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

  return html`
    <${Dialog} title=${title} close=${close}>
      <form onSubmit=${submit}>
        <div class="dialog-body">${children}</div>
        ${failure !== null && html`<p class="field-error" role="alert">${wordsOf(failure)}</p>`}
        <div class="dialog-actions">
          <button type="button" onClick=${close}>${dismiss}</button>
          <button type="submit" class=${danger ? "danger" : "primary"} disabled=${!ready} aria-disabled=${busy}>
            ${busy ? "Please wait…" : confirm}
          </button>
        </div>
      </form>
    <//>
  `;
}

/**
 * The browser's own dialog, which keeps the focus inside, closes on Escape and gives the focus back.
 *
 * @param {{title: string, close: () => void, children: import("preact").ComponentChildren}} props
 */
export function Dialog({ title, close, children }) {
  const id = useId();
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // What it was opened from may go away with what was done.
      requestAnimationFrame(() => {
        const opener =
          before instanceof HTMLElement && before.isConnected
            ? before
            : document.querySelector("h1");
        opener?.focus();
      });
    };
  }, []);
  // The browser gives the focus back first and tells of the end later: what is pressed in between would be lost.
  /** @param {Event} event */
  const cancel = (event) => {
    event.preventDefault();
    close();
  };
  return html`
    <dialog ref=${dialog} class="dialog" aria-labelledby=${id} onCancel=${cancel} onClose=${close}>
      <h2 id=${id}>${title}</h2>
      ${children}
    </dialog>
  `;
}
