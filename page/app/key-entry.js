import { useEffect, useRef, useState } from "preact/hooks";
import { Field } from "../parts/field.js";
import { ApiError, wordsOf } from "./api-error.js";
import { html } from "./html.js";
import { describe } from "./permissions.js";
import { enter, reason } from "./session.js";
import { useStore } from "./store.js";

const NOT_VALID =
  "This API key isn't valid. It might have been revoked. Check the key and try again.";

/** The form for the API key, shown once per tab. */
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
    // A key has only these characters, and a header allows no others.
    if (!/^[!-~]+$/.test(typed)) {
      setError("Enter an API key. Keys start with sk_ or rk_.");
      return;
    }
    setBusy(true);
    try {
      enter(typed, await describe(typed));
    } catch (failure) {
      const unknown = failure instanceof ApiError && failure.status === 401;
      setError(unknown ? NOT_VALID : wordsOf(failure));
      setBusy(false);
    }
  }

  return html`
    <main class="key-entry">
      <h1>Meterdrop</h1>
      <p>Upload usage files, see their results, and view usage by meter and customer.</p>
      <form onSubmit=${submit} novalidate>
        <${Field}
          label="API key"
          hint="Keys start with sk_ or rk_. The key is stored only in this tab, until you close it."
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
        <button type="submit" class="primary" aria-disabled=${busy}>${busy ? "Checking the key…" : "Continue"}</button>
      </form>
    </main>
  `;
}
