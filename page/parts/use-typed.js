import { useEffect, useState } from "preact/hooks";

/**
 * What stands in a field: what was typed, until the page says something else.
 *
 * @param {string} given
 * @returns {[string, (text: string) => void]}
 */
export function useTyped(given) {
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  return [text, setText];
}
