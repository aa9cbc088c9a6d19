import { useEffect } from "preact/hooks";
import { useAnswer } from "../app/answer.js";
import { count, counted } from "../app/format.js";
import { html } from "../app/html.js";
import { announce } from "../parts/announcer.js";
import { Empty, Failed, Loading } from "../parts/notice.js";
import { CustomerTable } from "./customer-table.js";
import { findExactly, joined, matching } from "./find.js";
import { LOOKED_THROUGH, readNewest } from "./newest.js";

/**
 * The customers that match a text. A hint says if not all customers were searched.
 *
 * @param {{text: string}} props
 */
export function FoundCustomers({ text }) {
  const { answer, failure, reload } = useAnswer((signal) => search(text, signal), [text]);
  useEffect(() => {
    if (answer !== null) announce(`${counted(answer.found.length, "customer")} found.`);
  }, [answer]);

  if (failure !== null)
    return html`<${Failed} what="The search failed." error=${failure} again=${reload} />`;
  if (answer === null) return html`<${Loading} what="customers" />`;
  const { found, all } = answer;
  const far = `Only the newest ${count(LOOKED_THROUGH)} customers were searched. To search all customers, enter a whole ID or email address.`;
  return html`
    ${
      found.length === 0
        ? html`<${Empty}><p>No customers match “${text}”.</p><//>`
        : html`<${CustomerTable} caption="Matching customers" customers=${found} />`
    }
    ${!all && html`<p class="hint">${far}</p>`}
  `;
}

/**
 * @param {string} text
 * @param {AbortSignal} signal
 */
async function search(text, signal) {
  const [exactly, newest] = await Promise.all([findExactly(text, signal), readNewest(signal)]);
  return { found: joined(exactly, matching(newest.customers, text)), all: newest.all };
}
