import { useState } from "preact/hooks";
import { Action } from "../components/action";
import { Field } from "../components/form";
import { get } from "../lib/api";
import { downloadAnswer } from "../lib/download";
import { useQuery } from "../lib/use-query";
import type { List } from "../types";
import type { Kind } from "./types";

export type Meter = { id: string; event_name: string; display_name: string };

/** The download of a CSV template for usage (of one meter or all), or for customers. */
export function Template({ kind, meter }: { kind: Kind; meter: string }) {
  if (kind === "usage") return <UsageTemplate meter={meter} />;
  const act = () => downloadAnswer("v1/template.csv", { kind }, "customers-template.csv");
  return (
    <div class="template">
      <Action act={act}>Download template</Action>
    </div>
  );
}

/** The template of a meter with this event name. */
function UsageTemplate({ meter }: { meter: string }) {
  const [chosen, setChosen] = useState(meter);
  const { answer, failure } = useQuery(
    "active meters",
    (signal) =>
      get("v1/billing/meters", { status: "active", limit: 100 }, { signal }) as Promise<
        List<Meter>
      >,
    [],
  );
  const meters = (answer?.data ?? []).map(({ event_name, display_name }) => ({
    event_name,
    display_name,
  }));
  if (meter !== "" && meters.every(({ event_name }) => event_name !== meter)) {
    meters.unshift({ event_name: meter, display_name: meter });
  }
  const act = () =>
    downloadAnswer("v1/template.csv", { meter: chosen }, `${chosen || "usage"}-template.csv`);
  return (
    <div class="template">
      <Field
        label="CSV template for"
        error={failure === null ? undefined : "Couldn't load the meters."}
      >
        {(attributes) => (
          <select
            {...attributes}
            value={chosen}
            onChange={(event) => setChosen(event.currentTarget.value)}
          >
            <option value="">All meters</option>
            {meters.map(({ event_name, display_name }) => (
              <option key={event_name} value={event_name}>
                {display_name} ({event_name})
              </option>
            ))}
          </select>
        )}
      </Field>
      <Action act={act}>Download template</Action>
    </div>
  );
}
