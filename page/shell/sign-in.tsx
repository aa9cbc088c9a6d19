import { useEffect, useRef, useState } from "preact/hooks";
import { Field } from "../components/form";
import { ApiError, wordsOf } from "../lib/api";
import { describe, enter, reason } from "../lib/session";

const NOT_VALID =
  "This API key isn't valid. It might have been revoked. Check the key and try again.";

/** The form for the API key, shown once per tab. */
export function KeyEntry() {
  const ended = reason.value;
  const [key, setKey] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = "Meterdrop";
    input.current?.focus();
  }, []);

  async function submit(event: Event) {
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

  return (
    <main class="key-entry">
      <h1>Meterdrop</h1>
      <p>Upload usage files, see their results, and view usage by meter and customer.</p>
      <form onSubmit={submit} novalidate>
        <Field
          label="API key"
          hint="Ask the person who runs Meterdrop for a key. They create keys with the command make key. Keys start with sk_ or rk_. The key stays in this browser until you sign out or close the last tab of Meterdrop."
          error={error || ended}
        >
          {(attributes) => (
            <input
              {...attributes}
              class="secret"
              type="text"
              name="api-key"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              ref={input}
              value={key}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? "Checking the key…" : "Continue"}
        </button>
      </form>
    </main>
  );
}
