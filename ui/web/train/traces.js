/** From records to what plotly.js draws: the raw line always, its smoothed one over it, the test figures as dots. */

import { axisName } from "../shared/format.js";
import { mark } from "../shared/palette.js";
import { smoothed } from "./records.js";

const MOST_BANDS = 16;
const MOST_POINTS = 1500; // of one line: a chart has fewer pixels than that

/** The colour of the run at `index`: the shown one has the accent, those beside it their own. */
export const colourOfRun = (index, theme) => (index === 0 ? theme.accent : mark([0, 2, 1, 6][index - 1] ?? 0, theme.dark).colour);

export function tracesOf(spec, runs, records, { by, smooth, theme, titles }) {
  if (spec.stacked) return stack(records.column(runs[0], spec.stacked), by, theme);
  const several = runs.length > 1;
  return runs.flatMap((run, index) => spec.lines.flatMap((line) => {
    const colour = colourOfRun(index, theme);
    const name = several ? `${titles[index]}, ${line.name}` : line.name;
    return lineOf(records.column(run, line.key), { ...spec, ...line, by, smooth, colour, name, theme });
  }));
}

function lineOf(column, { look, by, smooth, colour, name, theme, steps }) {
  const { x, y } = thinned(column[by], column.value);
  const label = name.replace(/[<>&]/g, ""); // a hover label reads a few tags; a title is only text
  const hovertemplate = `%{y:,.5~g}<extra>${label}</extra>`;
  if (look === "test") {
    const marker = { color: theme.paper, size: 6, symbol: "circle", line: { color: colour, width: 1.8 } };
    return [{ type: "scatter", mode: "markers+lines", x, y, name: label, marker, line: { color: colour, width: 1, dash: "dot" }, hovertemplate }];
  }
  const raw = { type: "scatter", mode: x.length === 1 ? "markers" : "lines", x, y, name: label, hovertemplate };
  if (!smooth || steps) return [{ ...raw, line: { color: colour, width: 2, shape: steps ? "hv" : "linear" }, marker: { color: colour } }];
  return [
    { ...raw, line: { color: colour, width: 1 }, marker: { color: colour }, opacity: 0.4 },
    { type: "scatter", mode: "lines", x, y: smoothed(y, smooth), line: { color: colour, width: 2.2 }, hoverinfo: "skip" },
  ];
}

/** One band a dimension, the one that costs most at the end at the bottom; many small ones share the last band. */
function stack(column, by, theme) {
  const last = column.value.at(-1);
  if (!last) return [];
  const order = last.map((_, j) => j).sort((i, j) => last[j] - last[i]);
  const { x, y } = thinned(column[by], column.value);
  const own = order.length > MOST_BANDS ? MOST_BANDS - 1 : order.length;
  const bands = order.slice(0, own).map((j) => ({ name: axisName(j), y: y.map((rates) => rates[j]) }));
  const rest = order.slice(own);
  if (rest.length) bands.push({ name: `${rest.length} others`, y: y.map((rates) => rest.reduce((sum, j) => sum + rates[j], 0)) });
  return bands.map(({ name, y: heights }, k) => {
    const { colour } = mark(k % 10, theme.dark);
    return {
      type: "scatter", mode: "lines", stackgroup: "rates", x, y: heights, name,
      line: { color: colour, width: 0.8 }, fillcolor: `${colour}${k < 10 ? "b3" : "66"}`,
      hovertemplate: `%{y:.3f}<extra>${name}</extra>`,
    };
  });
}

/** At most MOST_POINTS of the points, the last one always. */
function thinned(x, y) {
  const stride = Math.ceil(x.length / MOST_POINTS);
  if (stride <= 1) return { x, y };
  const keep = (_, n) => n % stride === 0 || n === x.length - 1;
  return { x: x.filter(keep), y: y.filter(keep) };
}
