import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, wordsOf } from "../app/api-error.js";
import { html } from "../app/html.js";

/**
 * A form whose fields have the names of the API's parameters, so that each error appears at its field. A retry without
 * changes sends the same Idempotency-Key, so the API creates nothing twice.
 *
 * @param {object} props
 * @param {string} props.confirm label of the button
 * @param {(given: Record<string, string>, idempotencyKey: string) => Promise<unknown>} props.send
 * @param {() => void} [props.close] cancels the form
 * @param {boolean} [props.focus] whether its first field gets the focus
 * @param {(error: (name: string) => string | undefined) => import("preact").ComponentChildren} props.children
 */
export function Form({ confirm, send, close, focus, children }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const repeat = useRef({ of: "", idempotencyKey: "" });
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(/** @type {unknown} */ (null));
  const [other, setOther] = useState("");

  useEffect(() => {
    const first = form.current?.querySelector("input, select");
    if (focus && first instanceof HTMLElement) first.focus();
  }, []);
  useEffect(() => {
    if (failure === null) return;
    const wrong = form.current?.querySelector("[aria-invalid=true]");
    if (wrong instanceof HTMLElement) wrong.focus();
    setOther(wrong ? "" : wordsOf(failure));
  }, [failure]);

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    if (busy || form.current === null) return;
    setBusy(true);
    setFailure(null);
    setOther("");
    const fields = given(form.current);
    const of = JSON.stringify(fields);
    if (repeat.current.of !== of) repeat.current = { of, idempotencyKey: crypto.randomUUID() };
    try {
      await send(fields, repeat.current.idempotencyKey);
      repeat.current.of = "";
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  }

  return html`
    <form ref=${form} class="form" onSubmit=${submit}>
      ${children((name) => (failure instanceof ApiError && failure.param === name ? failure.message : undefined))}
      ${other && html`<p class="field-error" role="alert">${other}</p>`}
      <div class="form-actions">
        <button type="submit" class="primary" aria-disabled=${busy}>${busy ? "Please wait…" : confirm}</button>
        ${close && html`<button type="button" onClick=${close}>Cancel</button>`}
      </div>
    </form>
  `;
}

/**
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>}
 */
function given(form) {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}
