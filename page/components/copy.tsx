import { useEffect, useState } from "preact/hooks";
import { announce } from "./feedback";

const NOTED = 2000; // milliseconds

/** An ID with a button that copies it. */
export function Id({ id }: { id: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), NOTED);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    await navigator.clipboard.writeText(id);
    setCopied(true);
    announce("Copied.");
  }

  return (
    <span class="copied-id">
      <code>{id}</code>
      {/* Browsers have no clipboard on addresses without TLS, except on this machine. */}
      {isSecureContext && (
        <button type="button" class="quiet" aria-label={`Copy ${id}`} onClick={copy}>
          {copied ? "Copied" : "Copy"}
        </button>
      )}
    </span>
  );
}
