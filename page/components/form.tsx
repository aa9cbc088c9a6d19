import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiError, wordsOf } from "../lib/api";

/**
 * A form whose fields have the names of the API's parameters, so that each error appears at its field. A retry without
 * changes sends the same Idempotency-Key, so the API creates nothing twice.
 */
export function Form({
  confirm,
  send,
  close,
  focus,
  children,
}: {
  /** label of the button */
  confirm: string;
  send: (given: Record<string, string>, idempotencyKey: string) => Promise<unknown>;
  /** cancels the form */
  close?: () => void;
  /** whether its first field gets the focus */
  focus?: boolean;
  children: (error: (name: string) => string | undefined) => ComponentChildren;
}) {
  const form = useRef<HTMLFormElement>(null);
  const repeat = useRef({ of: "", idempotencyKey: "" });
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [sent, setSent] = useState<string[]>([]);
  const [other, setOther] = useState("");

  useEffect(() => {
    const first = form.current?.querySelector("input:not([type=hidden]), select");
    if (focus && first instanceof HTMLElement) first.focus();
  }, []);
  useEffect(() => {
    if (failure === null) return;
    const wrong = form.current?.querySelector("[aria-invalid=true]");
    if (wrong instanceof HTMLElement) wrong.focus();
    setOther(wrong ? "" : wordsOf(failure));
  }, [failure]);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    if (busy || form.current === null) return;
    setBusy(true);
    setFailure(null);
    setOther("");
    const fields = given(form.current);
    setSent(Object.keys(fields));
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

  const errors = failure instanceof ApiError ? errorsByField(failure, sent) : NONE;
  return (
    <form ref={form} class="form" onSubmit={submit}>
      {children((name) => errors.get(name))}
      {other && (
        <p class="field-error" role="alert">
          {other}
        </p>
      )}
      <div class="form-actions">
        {close && (
          <button type="button" onClick={close}>
            Cancel
          </button>
        )}
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? "Please wait…" : confirm}
        </button>
      </div>
    </form>
  );
}

const NONE: Map<string, string> = new Map();

/**
 * Return the errors of an API response by field. If there are several, the message begins each of them with the name of
 * its parameter: "payload[value]: … timestamp: …".
 *
 * @param fields the names of the form's fields
 */
function errorsByField({ message, param }: ApiError, fields: string[]): Map<string, string> {
  const names = fields.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const parts = message.split(new RegExp(`(?:^|(?<=[.!?]) )(${names.join("|")}): `));
  const [before = "", ...named] = parts;
  const errors = new Map<string, string>();
  const add = (name: string, words: string) =>
    words && errors.set(name, [errors.get(name), words].filter(Boolean).join(" "));
  if (param !== null) add(param, before);
  for (let at = 0; at < named.length; at += 2) add(named[at] ?? "", named[at + 1] ?? "");
  return errors;
}

function given(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

/** The attributes that link a control to its label, hint, and error. */
interface ControlAttributes {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": "true" | undefined;
}

/** A control with its label, hint, and error, linked for screen readers. */
export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: string;
  hint?: string;
  error?: string;
  /** called with the attributes of the control */
  children: (attributes: ControlAttributes) => ComponentChildren;
}) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const attributes: ControlAttributes = {
    id,
    "aria-describedby": described || undefined,
    "aria-invalid": error ? "true" : undefined,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(attributes)}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

/** Return the text of a field: the typed text, until `given` changes. */
export function useTyped(given: string): [string, (text: string) => void] {
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  return [text, setText];
}
