import { useId, useState } from "preact/hooks";
import { html } from "../app/html.js";

/**
 * Where files are dropped, or chosen by mouse or keyboard.
 *
 * @param {object} props
 * @param {string} props.words what to drop
 * @param {(files: File[]) => void} props.take
 * @param {boolean} [props.small]
 * @param {import("preact").ComponentChildren} [props.children] what there is to know
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
    target.value = ""; // so that the same file, corrected, can be chosen again
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
