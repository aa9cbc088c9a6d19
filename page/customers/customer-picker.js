import Combobox from "@github/combobox-nav";
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../app/html.js";
import { Field } from "../parts/field.js";
import { useTyped } from "../parts/use-typed.js";
import { CustomerOptions } from "./customer-options.js";
import { useMatches } from "./use-matches.js";

/**
 * A field for a customer ID. It suggests customers whose ID, name, or email address matches the text. You can also paste
 * an ID.
 *
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.name
 * @param {string} [props.hint]
 * @param {string} [props.error]
 * @param {string} [props.start] the initial ID
 * @param {boolean} [props.required]
 * @param {(id: string) => void} [props.chosen] called with the ID chosen from the list
 */
export function CustomerPicker({ label, name, hint, error, start = "", required, chosen }) {
  const [text, setText] = useTyped(start);
  const [open, setOpen] = useState(false);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const list = useRef(/** @type {HTMLUListElement | null} */ (null));
  const matches = useMatches(text, open);

  useEffect(() => {
    if (!open || input.current === null || list.current === null) return undefined;
    const combobox = new Combobox(input.current, list.current, { tabInsertsSuggestions: false });
    combobox.start();
    return () => combobox.stop();
  }, [open]);

  /** @param {string} id */
  function take(id) {
    setText(id);
    setOpen(false);
    chosen?.(id);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key === "ArrowDown") setOpen(true);
    if (event.key === "Escape" && open) {
      event.preventDefault(); // a dialog around it stays open
      setOpen(false);
    }
  }

  return html`
    <div class="picker">
      <${Field} label=${label} hint=${hint} error=${error}>
        ${(/** @type {{id: string}} */ attributes) => html`
          <input
            ...${attributes}
            ref=${input}
            name=${name}
            value=${text}
            required=${required}
            maxlength="100"
            autocomplete="off"
            role="combobox"
            aria-autocomplete="list"
            aria-haspopup="listbox"
            aria-expanded=${open}
            aria-controls="${attributes.id}-list"
            onInput=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => {
              setText(event.currentTarget.value);
              setOpen(true);
            }}
            onClick=${() => setOpen(true)}
            onKeyDown=${key}
            onBlur=${() => setOpen(false)}
          />
          <${CustomerOptions} id="${attributes.id}-list" label=${label} list=${list} open=${open} matches=${matches} take=${take} />
        `}
      <//>
    </div>
  `;
}
