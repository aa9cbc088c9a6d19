import { useEffect, useRef, useState } from "preact/hooks";
import { Field } from "../parts/field.js";
import { ApiError, wordsOf } from "./api-error.js";
import { html } from "./html.js";
import { roleOf } from "./role.js";
import { enter, reason } from "./session.js";
import { useStore } from "./store.js";

/** Asks for the key, once for a tab. */
export function KeyEntry() {
  const ended = useStore(reason);
  const [key, setKey] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    document.title = "Meterdrop";
    input.current?.focus();
  }, []);

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    const typed = key.trim();
    // A header cannot carry anything else, and no key does.
    if (!/^[!-~]+$/.test(typed)) {
      setError("Enter an API key. It begins with sk_ or rk_.");
      return;
    }
    setBusy(true);
    try {
      enter(typed, await roleOf(typed));
    } catch (failure) {
      const unknown = failure instanceof ApiError && failure.status === 401;
      setError(unknown ? "This key is not valid. It may have been revoked." : wordsOf(failure));
      setBusy(false);
    }
  }

  return html`
    <main class="key-entry">
      <h1>Meterdrop</h1>
      <p>Usage files, what became of them, and what they add up to.</p>
      <form onSubmit=${submit} novalidate>
        <${Field}
          label="API key"
          hint="It begins with sk_ or rk_. It is kept in this tab only, and gone when you close it."
          error=${error || ended}
        >
          ${(/** @type {object} */ attributes) => html`
            <input
              ...${attributes}
              class="secret"
              type="text"
              name="api-key"
              autocomplete="off"
              autocapitalize="off"
              spellcheck="false"
              ref=${input}
              value=${key}
              onInput=${(/** @type {any} */ event) => setKey(event.target.value)}
            />
          `}
        <//>
        <button type="submit" class="primary" aria-disabled=${busy}>${busy ? "Asking the API…" : "Continue"}</button>
      </form>
    </main>
  `;
}
