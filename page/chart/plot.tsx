import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import UPlot from "uplot";
import { counted, decimal } from "../lib/format";
import { addsUp } from "../usage/aggregation";
import type { Formula, Grouping, Span, Summary } from "../usage/types";
import { axisLabels, partEnd, partName, partsOf } from "./grouping";

const DARK = matchMedia("(prefers-color-scheme: dark)");

/**
 * Bars on a canvas. The pointer or the arrow keys choose a bar, and a tooltip shows its value. For screen readers it is a
 * slider over the bars, whose text is that of the tooltip.
 */
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
  /** of the values */
  name: string;
  summaries: Summary[];
}) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const bars = useMemo(() => barsOf(summaries, grouping, period, formula), [summaries]);
  const last = bars.length - 1;
  const shown = chosen === null ? null : (bars[chosen] ?? null);

  useEffect(() => {
    const draw = () => {
      const inside = box.current;
      if (inside === null) return;
      plot.current?.destroy();
      const data = dataOf(bars);
      plot.current = new UPlot(plotOptions(inside, bars, grouping, setChosen), data, inside);
    };
    const resized = new ResizeObserver(() => {
      const [drawn, width] = [plot.current, box.current?.clientWidth ?? 0];
      if (drawn && width > 0 && width !== drawn.width) drawn.setSize({ width, height: HEIGHT });
    });
    draw();
    if (box.current) resized.observe(box.current);
    DARK.addEventListener("change", draw);
    const switched = new MutationObserver(draw);
    switched.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      resized.disconnect();
      switched.disconnect();
      DARK.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [bars]);

  const key = (event: KeyboardEvent) => {
    const next = afterKey(event.key, chosen, last);
    if (next === undefined) return;
    event.preventDefault();
    setChosen(next);
  };
  return (
    <div
      class="plot"
      ref={box}
      role="slider"
      tabindex={0}
      aria-label={`${name}, by ${grouping}`}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={chosen ?? last}
      aria-valuetext={shown ? wordsOf(shown) : `${bars.length} bars. Use the arrow keys.`}
      onKeyDown={key}
      onBlur={() => setChosen(null)}
    >
      {shown && plot.current && (
        <Tooltip bar={shown} index={chosen ?? 0} plot={plot.current} count={bars.length} />
      )}
    </div>
  );
}

const STEP = 10; // bars, for Page Up and Page Down

/** @returns the bar to choose, or undefined for another key */
function afterKey(key: string, chosen: number | null, last: number): number | null | undefined {
  const at = chosen ?? last + 1;
  const places: Record<string, number | null> = {
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    PageDown: at - STEP,
    PageUp: at + STEP,
    Home: 0,
    End: last,
    Escape: null,
  };
  const place = places[key];
  return typeof place === "number" ? Math.min(Math.max(place, 0), last) : place;
}

/** The name and the exact value of a bar, above it, and a band that highlights the bar. */
function Tooltip({
  bar,
  index,
  plot,
  count,
}: {
  bar: Bar;
  index: number;
  plot: UPlot;
  count: number;
}) {
  const tip = useRef<HTMLDivElement>(null);
  const band = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (tip.current === null || band.current === null) return;
    const { left, width, top } = plot.over.getBoundingClientRect();
    const outer = plot.root.getBoundingClientRect();
    const column = width / count;
    const middle = left - outer.left + (index + 0.5) * column;
    const height = top - outer.top + plot.valToPos(Math.max(bar.height ?? 0, 0), "y");
    const { offsetWidth, offsetHeight } = tip.current;
    const x = Math.min(Math.max(middle - offsetWidth / 2, 0), outer.width - offsetWidth);
    const y = Math.max(height - offsetHeight - GAP, 0);
    // The policy forbids style attributes, and allows this.
    tip.current.style.setProperty("transform", `translate(${x}px, ${y}px)`);
    band.current.style.setProperty("transform", `translate(${middle - column / 2}px, 0)`);
    band.current.style.setProperty("width", `${column}px`);
    band.current.style.setProperty("height", `${plot.over.clientHeight}px`);
  });
  return (
    <>
      <div class="plot-band" ref={band}></div>
      <div class="plot-tip" ref={tip}>
        <span class="weak">{bar.name}</span>
        <strong>{bar.value}</strong>
        {bar.events && <span class="weak">{bar.events}</span>}
        {bar.isRunning && <span class="weak">so far</span>}
      </div>
    </>
  );
}

function wordsOf({ name, value, events, isRunning }: Bar) {
  return [name, value, events, isRunning && "so far"].filter(Boolean).join(", ");
}

/** A bar of a chart. */
interface Bar {
  start: number;
  name: string;
  /** of about 15 digits; null is a gap */
  height: number | null;
  /** with all digits */
  value: string;
  events: string;
  /** whether its part isn't over yet */
  isRunning: boolean;
}

/** @returns the bars of a period. A part without events is 0 for sums and counts, otherwise a gap */
function barsOf(summaries: Summary[], grouping: Grouping, span: Span, formula: Formula): Bar[] {
  const [none, now] = [addsUp(formula) ? 0 : null, Date.now() / 1000];
  const found = new Map(summaries.map((summary) => [summary.start_time, summary]));
  return partsOf(grouping, span).map((start) => {
    const summary = found.get(start);
    return {
      start,
      name: partName(grouping, start),
      height: summary ? Number(summary.aggregated_value_decimal) : none,
      value: summary ? decimal(summary.aggregated_value_decimal) : "No events",
      events: summary ? counted(summary.event_count, "event") : "",
      isRunning: start <= now && now < partEnd(grouping, start),
    };
  });
}

/** Return uPlot's data: the bars by their position, and the running one apart, because it has another color. */
function dataOf(bars: Bar[]): UPlot.AlignedData {
  return [
    bars.map((_, index) => index),
    bars.map(({ height, isRunning }) => (isRunning ? null : height)),
    bars.map(({ height, isRunning }) => (isRunning ? height : null)),
  ];
}

const HEIGHT = 240;
const GAP = 8; // pixels between a bar and its tooltip
const RADIUS = 2; // pixels
const SIZE: [number, number] = [0.7, 64]; // of a column, and in pixels at most
const LABEL = 64; // pixels
const SIDE = 64; // pixels for the labels of values
const BELOW = 28; // pixels for the names of parts
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 5 });

/**
 * Return uPlot's options.
 *
 * @param inside the element that defines width and colors
 * @param choose called with the bar under the pointer, or null
 */
function plotOptions(
  inside: HTMLElement,
  bars: Bar[],
  grouping: Grouping,
  choose: (index: number | null) => void,
): UPlot.Options {
  const style = getComputedStyle(inside);
  const line = { stroke: style.borderTopColor, width: 1 };
  const axis = { stroke: style.outlineColor, font: `12px ${style.fontFamily}` };
  const drawn = {
    width: 0,
    points: { show: false },
    paths: UPlot.paths.bars?.({
      size: SIZE,
      radius: (plot) => {
        const column = plot.bbox.width / devicePixelRatio / bars.length;
        return [Math.min(RADIUS / Math.min(SIZE[0] * column, SIZE[1]), 0.5), 0];
      },
    }),
  };
  return {
    width: inside.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false } },
    hooks: { setCursor: [({ cursor }) => choose(cursor.idx ?? null)] },
    scales: {
      x: { time: false, range: () => [-0.5, bars.length - 0.5] },
      y: { range: heights },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        ticks: { show: false },
        size: BELOW,
        splits: (plot) => [...labelsOf(plot).keys()],
        values: (plot, splits) => splits.map((split) => labelsOf(plot).get(split) ?? ""),
      },
      {
        ...axis,
        grid: line,
        ticks: { show: false },
        size: SIDE,
        values: (_plot, splits) => splits.map((split) => SHORT.format(split)),
      },
    ],
    series: [
      {},
      { ...drawn, fill: style.color },
      { ...drawn, fill: `color-mix(in srgb, ${style.color} 50%, transparent)` },
    ],
  };

  function labelsOf(plot: UPlot) {
    return axisLabels(
      grouping,
      bars.map(({ start }) => start),
      Math.floor((plot.width - SIDE) / LABEL),
    );
  }
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
