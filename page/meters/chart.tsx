import { useId } from "preact/hooks";
import type { Query } from "../types";
import type { Meter, Period } from "../usage/types";
import { groupingsOf, readGrouping } from "./grouping";
import { Series } from "./series";

/** A meter's usage over a period, in hours, days or months. */
export function Chart({
  meter,
  customer,
  period,
  version,
  asked,
  change,
}: {
  meter: Meter;
  customer: string;
  period: Period;
  /** a change reloads the chart */
  version: number;
  /** the grouping in the address */
  asked: string | null;
  change: (changes: Query) => void;
}) {
  const id = useId();
  const grouping = readGrouping(asked, period);
  const choose = (event: Event & { currentTarget: HTMLSelectElement }) =>
    change({ group: event.currentTarget.value });
  return (
    <section aria-labelledby="chart">
      <div class="section-title">
        <h2 id="chart">Usage over time</h2>
        <div class="inline-field">
          <label for={id}>Group by</label>
          <select id={id} value={grouping} onChange={choose}>
            {groupingsOf(period).map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Series
        key={[customer, period.start, period.end, grouping].join(" ")}
        {...{ meter, customer, period, version, grouping }}
      />
    </section>
  );
}
