import htm from "htm";
import { h } from "preact";

/** Markup as a tagged template. What is put into it is always text or an attribute, never markup of its own. */
export const html = htm.bind(h);
