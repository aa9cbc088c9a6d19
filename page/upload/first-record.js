const HEAD = 65_536; // bytes; a header is shorter
const DELIMITERS = [",", ";", "\t"];

/**
 * Return the column names of the header for each possible delimiter. Return null if the file isn't readable text; the
 * server then reports the error.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {string[][] | null}
 */
export function headers(bytes) {
  const text = decoded(bytes.subarray(0, HEAD));
  return text === null
    ? null
    : DELIMITERS.map((delimiter) => firstRecord(text.trimStart(), delimiter));
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function decoded(bytes) {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return bytes.includes(0) ? null : new TextDecoder().decode(bytes);
}

/**
 * @param {string} text
 * @param {string} delimiter
 */
function firstRecord(text, delimiter) {
  const names = [""];
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "\n" || character === "\r")) break;
    else if (!quoted && character === delimiter) names.push("");
    else names[names.length - 1] += character;
  }
  return names.map((name) => name.trim());
}
