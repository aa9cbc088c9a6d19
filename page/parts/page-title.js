import { useEffect, useRef } from "preact/hooks";
import { html } from "../app/html.js";

/**
 * The heading of a view. It sets the tab's title, and gets the focus when the view appears, so that screen readers
 * read it.
 *
 * @param {{title: string, children?: import("preact").ComponentChildren}} props children appear beside it
 */
export function PageTitle({ title, children }) {
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    document.title = `${title} · Meterdrop`;
  }, [title]);
  return html`
    <div class="page-title">
      <h1 tabindex="-1" ref=${heading}>${title}</h1>
      ${children}
    </div>
  `;
}
