import { useEffect, useState } from "preact/hooks";

/**
 * Return the text of a field: the typed text, until `given` changes.
 *
 * @param {string} given
 * @returns {[string, (text: string) => void]}
 */
export function useTyped(given) {
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  return [text, setText];
}
