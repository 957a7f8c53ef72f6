/** The buttons under one of the app's charts: it is drawn once more by plotly.js, out of sight, and saved. */

import { mounting, reveal } from "../shared/component.js";
import { h } from "../shared/dom.js";
import { themeOf } from "../shared/palette.js";
import { createSaveButtons } from "../shared/plotly.js";

export default mounting(createChartExport);

function createChartExport(parent) {
  const root = h("div.pad.chart-files", { hidden: true });
  let data = null;
  const savers = createSaveButtons({
    plot: () => document.querySelector(`.st-key-${CSS.escape(data.chart)} .js-plotly-plot`),
    address: () => data.charts,
    name: () => data.chart.replaceAll("_", "-"),
    paper: () => themeOf(root).paper,
  });
  root.append(savers);
  const sheets = ["../shared/base.css", "main.css"].map((name) => new URL(name, import.meta.url).href);
  const remove = reveal(parent, root, sheets, () => {});
  return { update: (component) => (data = component.data), stop: remove };
}
