import { useState } from "preact/hooks";
import { Field } from "../components/form";
import { declare } from "./queue";
import type { Item } from "./types";

/** The control totals of a file, which are optional. */
export function ControlFields({ item: { id, file, kind, control } }: { item: Item }) {
  // Open in the beginning if something was typed, such as after an error.
  const [open] = useState(control.rows + control.sums !== "");
  const typed = (name: "rows" | "sums") => (event: InputEvent) =>
    declare(id, { [name]: (event.target as HTMLInputElement).value });
  return (
    <details open={open}>
      <summary aria-label={`Control totals of ${file.name}`}>Control totals</summary>
      <p class="hint">
        If the file contains something else, it is refused as a whole. Empty fields aren't compared.
      </p>
      <Field label="Expected rows">
        {(attributes) => (
          <input
            {...attributes}
            type="text"
            inputmode="numeric"
            value={control.rows}
            onInput={typed("rows")}
          />
        )}
      </Field>
      {kind === "usage" && (
        <Field label="Expected sums" hint="One line for each meter, such as ai_search_api=400.5">
          {(attributes) => (
            <textarea
              {...attributes}
              rows={3}
              spellcheck={false}
              value={control.sums}
              onInput={typed("sums")}
            ></textarea>
          )}
        </Field>
      )}
    </details>
  );
}

/** Return the API's parameter for what was typed, undefined if nothing was. The API checks the numbers. */
export function controlOf({ rows, sums }: Item["control"]) {
  const found: Map<string, string> = new Map();
  for (const line of sums.split("\n").filter((line) => line.trim() !== "")) {
    const at = line.lastIndexOf("=");
    const name = (at < 0 ? line : line.slice(0, at)).trim();
    const value = at < 0 ? "" : line.slice(at + 1).trim();
    // Two sums of one meter aren't a number, so the API refuses them. None is ignored.
    found.set(name, found.has(name) ? `${found.get(name)} ${value}` : value);
  }
  if (rows.trim() === "" && found.size === 0) return undefined;
  return {
    ...(rows.trim() === "" ? {} : { row_count: rows.trim() }),
    ...(found.size === 0 ? {} : { sums: Object.fromEntries(found) }),
  };
}
