/** The button under one of the app's charts, which saves it as a figure. */

import { mounting, reveal } from "../shared/component.js";
import { h } from "../shared/dom.js";
import { plotlyFigure } from "../shared/plotly.js";
import { createSaveButton } from "../shared/save_dialog.js";

export default mounting(createChartExport);

function createChartExport(parent) {
  const root = h("div.pad.chart-files", { hidden: true });
  let data = null;
  const figureOf = () => {
    const plot = document.querySelector(`.st-key-${CSS.escape(data.chart)} .js-plotly-plot`);
    const { charts: address, chart, alt: title, colours } = data;
    const pictureOf = (theme) => ({
      data: recoloured(plot.data, colours, theme), layout: layoutOf(plot.layout, colours, theme),
    });
    return plotlyFigure({ plot, address, name: chart.replaceAll("_", "-"), title, pictureOf });
  };
  root.append(createSaveButton("↓ Figure", "this chart", figureOf));
  const sheets = ["../shared/base.css", "main.css"].map((name) => new URL(name, import.meta.url).href);
  const remove = reveal(parent, root, sheets, () => {});
  return { update: (component) => (data = component.data), stop: remove };
}

/** The layout in the colours and the font of a theme, where Streamlit has put its own. */
function layoutOf(layout, colours, theme) {
  const font = { color: theme.ink, family: theme.font };
  const copy = recoloured(layout, colours, theme);
  const axis = { color: theme.ink, gridcolor: theme.line, linecolor: theme.line, tickfont: { size: 11, ...font } };
  const axes = Object.entries(copy).filter(([key]) => /^[xy]axis/.test(key)).map(([key, own]) => {
    const title = typeof own.title === "string" ? { text: own.title } : own.title;
    return [key, { ...own, ...axis, title: { ...title, font: { size: 12, ...font } } }];
  });
  return { ...copy, ...Object.fromEntries(axes), font: { size: 11, ...font } };
}

/**
 * A copy of what plotly.js draws in the colours of a theme.
 * @param {string[][]} colours  pairs of a colour on light and on dark paper, as "#rrggbb"
 */
function recoloured(value, colours, { dark }) {
  const pairs = colours.map((pair) => (dark ? pair : pair.toReversed()));
  const swaps = pairs.flatMap(([from, to]) => [[from, to], [rgb(from), rgb(to)]]);
  const swap = (text) => {
    const found = swaps.find(([from]) => text === from || text.startsWith(`rgba(${from},`));
    return found ? text.replace(...found) : text;
  };
  const copy = (part) => {
    if (typeof part === "string") return swap(part);
    if (Array.isArray(part)) return part.map(copy);
    if (part?.constructor !== Object) return part;
    return Object.fromEntries(Object.entries(part).map(([key, own]) => [key, copy(own)]));
  };
  return copy(value);
}

/** "27,36,48" for "#1b2430". */
const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join();
