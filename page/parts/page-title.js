import { useEffect, useRef } from "preact/hooks";
import { html } from "../app/html.js";

/**
 * A view's heading. It names the tab, and takes the focus when the view appears, so that a screen reader says where
 * one is.
 *
 * @param {{title: string, children?: import("preact").ComponentChildren}} props children stand beside it
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
