import { useId, useState } from "preact/hooks";
import { html } from "../app/html.js";

/**
 * An area to drop files on the page, with a button to choose files.
 *
 * @param {object} props
 * @param {string} props.words an instruction
 * @param {(files: File[]) => void} props.take
 * @param {boolean} [props.small]
 * @param {import("preact").ComponentChildren} [props.children] hints
 */
export function DropZone({ words, take, small, children }) {
  const id = useId();
  const [over, setOver] = useState(false);

  /** @param {DragEvent} event */
  const dropped = (event) => {
    event.preventDefault();
    setOver(false);
    take([...(event.dataTransfer?.files ?? [])]);
  };
  /** @param {DragEvent} event */
  const hovers = (event) => {
    event.preventDefault();
    setOver(true);
  };
  /** @param {any} event */
  const chosen = ({ target }) => {
    take([...target.files]);
    target.value = ""; // so that you can choose the same file again after a correction
  };

  return html`
    <div
      class=${`drop-zone${small ? " small" : ""}${over ? " over" : ""}`}
      onDragOver=${hovers}
      onDragLeave=${() => setOver(false)}
      onDrop=${dropped}
    >
      <p class="drop-words">
        ${words}, or${" "}
        <span class="choose">
          <input class="unseen" type="file" id=${id} multiple onChange=${chosen} />
          <label class="button" for=${id}>Choose files<span class="unseen">: ${words}</span></label>
        </span>
      </p>
      ${children}
    </div>
  `;
}
