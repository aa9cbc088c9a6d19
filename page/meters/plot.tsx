import { useEffect, useMemo, useRef } from "preact/hooks";
import UPlot from "uplot";
import { decimal } from "../lib/format";
import { DAY } from "../usage/period";
import type { Formula, Grouping, Span, Summary } from "../usage/types";
import { PARTS, partEnd, partName, partsOf } from "./grouping";

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** Bars on a canvas. Screen readers skip it, because the table below has the same data. */
export function Plot({
  period,
  formula,
  grouping,
  name,
  summaries,
}: {
  period: Span;
  formula: Formula;
  grouping: Grouping;
  name: string;
  summaries: Summary[];
}) {
  const box = useRef<HTMLDivElement>(null);
  const bars = useMemo(() => barsOf(summaries, grouping, period, formula), [summaries]);

  useEffect(() => {
    let plot: UPlot | undefined;
    const exact = new Map(
      summaries.map((one) => [one.start_time, decimal(one.aggregated_value_decimal)]),
    );
    const labels = {
      part: (start: number) => partName(grouping, start),
      value: (start: number) => exact.get(start) ?? "no events",
    };

    const draw = () => {
      const inside = box.current;
      if (inside === null) return;
      plot?.destroy();
      plot = new UPlot(plotOptions(inside, { bars, grouping, name, ...labels }), bars, inside);
    };
    const resized = new ResizeObserver(() => {
      if (plot && box.current)
        plot.setSize({ width: box.current.clientWidth, height: plot.height });
    });
    draw();
    if (box.current) resized.observe(box.current);
    DARK.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      DARK.removeEventListener("change", draw);
      plot?.destroy();
    };
  }, [bars, grouping, name, summaries]);

  return <div class="plot" ref={box} aria-hidden="true"></div>;
}

const HEIGHT = 240;
const WIDEST = 48; // pixels of a bar
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 5 });

export interface Drawn {
  bars: [number[], (number | null)[]];
  grouping: Grouping;
  /** of the values */
  name: string;
  /** a bar's name */
  part: (start: number) => string;
  /** its exact figure */
  value: (start: number) => string;
}

/**
 * Return uPlot's options for bars that start with their parts, on an axis in UTC.
 *
 * @param inside the element that defines width and colors
 */
export function plotOptions(
  inside: HTMLElement,
  { bars: [starts], grouping, name, part, value }: Drawn,
): UPlot.Options {
  const style = getComputedStyle(inside);
  const line = { stroke: style.borderTopColor, width: 1 };
  const axis = {
    stroke: style.outlineColor,
    grid: line,
    ticks: line,
    font: `12px ${style.fontFamily}`,
  };
  return {
    width: inside.clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    cursor: { drag: { x: false, y: false } },
    scales: {
      x: { range: () => [starts[0] ?? 0, partEnd(grouping, starts.at(-1) ?? 0)] },
      y: { range: heights },
    },
    axes: [
      {
        ...axis,
        values: (_plot, splits, _axis, _space, step) =>
          splits.map((split) => axisLabel(split, step)),
      },
      { ...axis, size: 64, values: (_plot, splits) => splits.map((split) => SHORT.format(split)) },
    ],
    series: [
      { label: PARTS[grouping], value: told(starts, part) },
      {
        label: name,
        fill: style.color,
        width: 0,
        points: { show: false },
        paths: UPlot.paths.bars?.({ size: [0.85, WIDEST], align: 1 }),
        value: told(starts, value),
      },
    ],
  };
}

/** @returns a range that includes 0 */
function heights(_plot: unknown, least: number | null, most: number | null): [number, number] {
  const [low, high] = UPlot.rangeNum(
    Math.min(0, least ?? 0),
    Math.max(0, most ?? 0) || 1,
    0.1,
    true,
  );
  return [low ?? 0, high ?? 1];
}

/** @returns the label of the bar under the pointer */
function told(
  starts: number[],
  of: (start: number) => string,
): (plot: unknown, raw: number, series: number, index: number | null) => string {
  return (_plot, _raw, _series, index) => {
    const start = starts[index ?? -1];
    return start === undefined ? "–" : of(start);
  };
}

/** The bars of a chart, from summaries. */

/**
 * Return the bars of a chart. A part without events is 0 for sum and count, and a gap for the other formulas. Bars round
 * to about 15 digits; the table below the chart has the exact values.
 *
 * @returns when each part begins, and how high its bar is
 */
export function barsOf(
  summaries: Summary[],
  grouping: Grouping,
  span: Span,
  formula: Formula,
): [number[], (number | null)[]] {
  const starts = partsOf(grouping, span);
  const none = formula === "sum" || formula === "count" ? 0 : null;
  const heights = new Map(
    summaries.map((summary) => [summary.start_time, Number(summary.aggregated_value_decimal)]),
  );
  return [starts, starts.map((start) => heights.get(start) ?? none)];
}

const LONGEST_DAYS = 27 * DAY;
const HOUR = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  hour: "2-digit",
  minute: "2-digit",
});
const DATE = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });
const MONTH = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  month: "short",
  year: "numeric",
});

/**
 * @param time epoch seconds
 * @param step seconds from one label to the next
 * @returns a short name of a moment in UTC: 13:00, 1 Sept or Sept 2024
 */
export function axisLabel(time: number, step: number): string {
  const format = step > LONGEST_DAYS ? MONTH : step < DAY && time % DAY !== 0 ? HOUR : DATE;
  return format.format(time * 1000);
}
