import htm from "htm";
import { h } from "preact";

/** Markup as a tagged template. Inserted values are always text or attributes, never markup. */
export const html = htm.bind(h);
