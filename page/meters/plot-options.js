import UPlot from "uplot";
import { axisLabel } from "./axis-label.js";
import { PARTS, partEnd } from "./grouping.js";

/** @import {Grouping} from "./types.js" */

const HEIGHT = 240;
const WIDEST = 48; // pixels of a bar
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 5 });

/**
 * @typedef {object} Drawn
 * @property {[number[], (number | null)[]]} bars
 * @property {Grouping} grouping
 * @property {string} name of the values
 * @property {(start: number) => string} part a bar's name
 * @property {(start: number) => string} value its exact figure
 */

/**
 * Return uPlot's options for bars that start with their parts, on an axis in UTC.
 *
 * @param {HTMLElement} inside the element that defines width and colors
 * @param {Drawn} drawn
 * @returns {UPlot.Options}
 */
export function plotOptions(inside, { bars: [starts], grouping, name, part, value }) {
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

/**
 * @param {unknown} _plot
 * @param {number | null} least
 * @param {number | null} most
 * @returns {[number, number]} a range that includes 0
 */
function heights(_plot, least, most) {
  const [low, high] = UPlot.rangeNum(
    Math.min(0, least ?? 0),
    Math.max(0, most ?? 0) || 1,
    0.1,
    true,
  );
  return [low ?? 0, high ?? 1];
}

/**
 * @param {number[]} starts
 * @param {(start: number) => string} of
 * @returns {(plot: unknown, raw: number, series: number, index: number | null) => string} the label of the bar under the pointer
 */
function told(starts, of) {
  return (_plot, _raw, _series, index) => {
    const start = starts[index ?? -1];
    return start === undefined ? "–" : of(start);
  };
}
