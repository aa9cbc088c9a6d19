import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { announce } from "./feedback";

/**
 * The rows of a list that changes by itself. While somebody reads or points at them, no row moves: changed rows change in
 * place, and new rows wait behind a button.
 */
export function LiveRows<Thing>({
  rows,
  id,
  paused = false,
  children,
}: {
  /** newest first */
  rows: Thing[];
  id: (row: Thing) => string;
  /** whether new rows wait in any case */
  paused?: boolean;
  /** called with the rows to show */
  children: (rows: Thing[]) => ComponentChildren;
}) {
  const [base, setBase] = useState(rows);
  const box = useRef<HTMLDivElement>(null);
  const pointed = useRef(false);
  const latest = useRef({ rows, paused });
  latest.current = { rows, paused };

  const settle = () => {
    if (!latest.current.paused && !isRead(box.current, pointed.current))
      setBase(latest.current.rows);
  };
  useLayoutEffect(settle, [rows, paused]);
  useEffect(() => {
    addEventListener("scroll", settle, { passive: true });
    return () => removeEventListener("scroll", settle);
  }, []);

  const { shown, fresh } = useMemo(() => inPlace(base, rows, id), [base, rows]);
  const show = () => {
    setBase(rows);
    box.current?.scrollIntoView({ block: "start" });
  };
  return (
    <div
      class="live-rows"
      ref={box}
      onPointerEnter={({ pointerType }) => {
        pointed.current = pointerType === "mouse";
      }}
      onPointerLeave={() => {
        pointed.current = false;
        settle();
      }}
    >
      {fresh > 0 && (
        <div class="new-rows">
          <button type="button" onClick={show}>
            Show {fresh} new
          </button>
        </div>
      )}
      {children(shown)}
    </div>
  );
}

/** Return whether somebody points at the rows, or has scrolled past the first one. */
function isRead(box: HTMLElement | null, pointed: boolean) {
  return pointed || (box !== null && box.getBoundingClientRect().top < 0);
}

/** Return the rows of `base` as they are now, with the rows after them, and the number of the others. */
function inPlace<Thing>(base: Thing[], rows: Thing[], id: (row: Thing) => string) {
  if (base === rows) return { shown: rows, fresh: 0 };
  const now = new Map(rows.map((row) => [id(row), row]));
  const known = new Set(base.map(id));
  const last = rows.findLastIndex((row) => known.has(id(row)));
  const later = last < 0 ? [] : rows.slice(last + 1);
  return {
    shown: [...base.map((row) => now.get(id(row)) ?? row), ...later],
    fresh: rows.filter((row) => !known.has(id(row))).length - later.length,
  };
}

const NOTED = 5000; // milliseconds

/** A button that reads a list again, and says when it has. */
export function Refresh({ refresh, at }: { refresh: () => Promise<void>; at: number }) {
  const [pressed, setPressed] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const done = pressed !== null && at >= pressed;
  useEffect(() => {
    if (!done) return undefined;
    announce("Updated just now.");
    const timer = setTimeout(() => setPressed(null), NOTED);
    return () => clearTimeout(timer);
  }, [done]);

  async function press() {
    if (busy) return;
    setBusy(true);
    setPressed(Date.now());
    await refresh();
    setBusy(false);
  }

  return (
    <span class="refresh">
      {done && <span class="weak">Updated just now</span>}
      <button type="button" onClick={press} aria-disabled={busy}>
        Refresh
      </button>
    </span>
  );
}
