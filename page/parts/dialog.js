import { useEffect, useId, useRef, useState } from "preact/hooks";
import { wordsOf } from "../app/api-error.js";
import { html } from "../app/html.js";

/**
 * A dialog that confirms an action. If the action fails, the dialog stays open and shows the error. A retry sends the
 * same Idempotency-Key, because perhaps only the response was lost.
 *
 * @param {object} props
 * @param {string} props.title
 * @param {string} props.confirm label of the button: "Revert", "Delete"
 * @param {string} [props.dismiss] label of the other button
 * @param {boolean} [props.danger] whether the action deletes something
 * @param {boolean} [props.ready] false while its content is loading
 * @param {(idempotencyKey: string) => Promise<unknown>} props.act
 * @param {() => void} props.close called after the action and on cancel
 * @param {import("preact").ComponentChildren} props.children what the action does
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
 * The browser's own dialog. It keeps the focus inside, closes on Escape, and returns the focus.
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
