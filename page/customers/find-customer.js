import { html } from "../app/html.js";
import { go } from "../app/router.js";
import { Field } from "../parts/field.js";
import { useTyped } from "../parts/use-typed.js";

/** The search form for customers. The address contains the search text. @param {{text: string}} props */
export function FindCustomer({ text }) {
  const [typed, setTyped] = useTyped(text);
  /** @param {Event} event */
  function find(event) {
    event.preventDefault();
    go(["customers"], { find: typed.trim() });
  }

  const type = (/** @type {Event & {currentTarget: HTMLInputElement}} */ event) =>
    setTyped(event.currentTarget.value);
  return html`
    <form class="filters" role="search" onSubmit=${find}>
      <${Field} label="Name, email, or ID">
        ${(/** @type {object} */ attributes) => html`
          <input ...${attributes} type="search" value=${typed} maxlength="512" autocomplete="off" onInput=${type} />
        `}
      <//>
      <button type="submit">Search</button>
      ${text && html`<button type="button" class="quiet" onClick=${() => go(["customers"])}>Show all</button>`}
    </form>
  `;
}
