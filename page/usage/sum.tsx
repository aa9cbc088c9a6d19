import { counted, decimal } from "../lib/format";

/** An exact value, above its number of events. */
export function Sum({ events, value }: { events: number; value: string | null }) {
  return (
    <span class="sum">
      {decimal(value)} <span class="weak">{counted(events, "event")}</span>
    </span>
  );
}
