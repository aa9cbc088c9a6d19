import { Field, useTyped } from "../components/form";
import { PERIODS, spanText } from "./period";
import type { Period } from "./types";

/** The fields that choose a period: its name, and both days for custom dates. */
export function PeriodFields({
  name,
  from,
  to,
  choose,
}: {
  name: string;
  from: string;
  to: string;
  choose: (name: string) => void;
}) {
  return (
    <>
      <Field label="Period">
        {(attributes) => (
          <select
            {...attributes}
            name="period"
            value={name}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {PERIODS.map((one) => (
              <option key={one.name} value={one.name}>
                {one.label}
              </option>
            ))}
          </select>
        )}
      </Field>
      {name === "dates" && (
        <>
          <Day label="From" name="from" day={from} />
          <Day label="To" name="to" day={to} />
        </>
      )}
    </>
  );
}

function Day({ label, name, day }: { label: string; name: string; day: string }) {
  const [typed, setTyped] = useTyped(day);
  const type = (event: Event & { currentTarget: HTMLInputElement }) =>
    setTyped(event.currentTarget.value);
  return (
    <Field label={label}>
      {(attributes) => (
        <input
          {...attributes}
          type="date"
          name={name}
          value={typed}
          onInput={type}
          min="1970-01-01"
          max="9999-12-31"
          required
        />
      )}
    </Field>
  );
}

/** The days of a period, and once for the whole view that they are in UTC. */
export function PeriodDays({ period }: { period: Period }) {
  return <p class="hint period-days">{spanText(period)}. Days and times of events are in UTC.</p>;
}
