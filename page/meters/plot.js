import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import { decimal } from "../app/format.js";
import { html } from "../app/html.js";
import { partName } from "./grouping.js";
import { plotOptions } from "./plot-options.js";

/** @import {Grouping, Summary} from "./types.js" */

const DARK = matchMedia("(prefers-color-scheme: dark)");

/**
 * Bars on a canvas. Screen readers skip it, because the table below has the same data.
 *
 * @param {{bars: [number[], (number | null)[]], grouping: Grouping, name: string, summaries: Summary[]}} props
 */
export function Plot({ bars, grouping, name, summaries }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));

  useEffect(() => {
    /** @type {UPlot | undefined} */
    let plot;
    const exact = new Map(
      summaries.map((one) => [one.start_time, decimal(one.aggregated_value_decimal)]),
    );
    const labels = {
      part: (/** @type {number} */ start) => partName(grouping, start),
      value: (/** @type {number} */ start) => exact.get(start) ?? "no events",
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

  return html`<div class="plot" ref=${box} aria-hidden="true"></div>`;
}
