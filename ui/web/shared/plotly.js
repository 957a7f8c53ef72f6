/**
 * plotly.js: loaded once for the page when the first chart is there, made to look like the rest of it, and its charts
 * saved as figures.
 */

import { h } from "./dom.js";

let loading = null;

/** @returns {Promise<Object>} the library; rejects with one sentence, and the next call tries again */
export function loadPlotly(address) {
  loading ??= (window.Plotly ? Promise.resolve(window.Plotly) : fetchScript(address)).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

function fetchScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(address, document.baseURI).href;
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : script.onerror());
    script.onerror = () => {
      script.remove();
      reject(new Error("The chart library could not be loaded, so there are no curves. Reload the page to try again."));
    };
    document.head.append(script);
  });
}

/** plotly.js puts its few rules into the document's head, where a shadow root does not see them: copy them. */
export function adoptRules(root) {
  const place = root.getRootNode();
  if (!(place instanceof ShadowRoot) || place.querySelector("style.plotly-rules")) return;
  const sheets = Array.from(document.querySelectorAll("style[id^='plotly.js-style']"), (style) => style.sheet);
  const rules = sheets.flatMap((sheet) => Array.from(sheet?.cssRules ?? [], (rule) => rule.cssText));
  if (!rules.length) return;
  const style = document.createElement("style");
  style.className = "plotly-rules";
  style.textContent = rules.join("\n");
  place.append(style);
}

export const CONFIG = { displayModeBar: false, scrollZoom: false, responsive: false, doubleClick: "reset" };

/**
 * What all charts have in common. `cursor` is where the snapshot lies on the x axis, null for none; `yRange` the two ends
 * of the y axis, null for those of the values.
 */
export function layoutOf({ theme, width, height, xTitle, logX, logY, cursor, yRange = null }) {
  const axis = { gridcolor: theme.line, linecolor: theme.line, zeroline: false, fixedrange: true, automargin: true, nticks: 6, exponentformat: "power", minexponent: 5, separatethousands: true };
  const shapes = cursor === null ? [] : [{
    type: "line", xref: "x", yref: "paper", x0: cursor, x1: cursor, y0: 0, y1: 1,
    line: { color: theme.ink, width: 1.5, dash: "dot" },
  }];
  return {
    width,
    height,
    margin: { l: 44, r: 10, t: 6, b: 34 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, size: 11.5, color: theme.ink },
    showlegend: false,
    dragmode: false,
    hovermode: "x unified",
    hoverlabel: { bgcolor: theme.paper, bordercolor: theme.line, font: { color: theme.ink, size: 12 } },
    xaxis: { ...axis, title: { text: xTitle, standoff: 4 }, type: logX ? "log" : "linear", hoverformat: ",.4~r", ...(logX && { dtick: 1 }) },
    yaxis: { ...axis, type: logY ? "log" : "linear", ...(logY && { dtick: "D2" }), ...(yRange && { range: logY ? yRange.map(Math.log10) : yRange }) },
    shapes,
  };
}

const LEAST_RATIO = 0.62; // of height to width: a chart that is made narrow keeps room for its axis

/**
 * A chart of plotly.js as a figure: laid out anew for its width, by plotly.js itself.
 * @param {{plot: Element | null, address: string, name: string, title: string, pictureOf: (theme: Object) => Object,
 *   legendOf?: Function | null}} of  the element in which it is drawn, where plotly.js is, the file's name, what it shows,
 *   and its data and layout in the colours of a theme
 * @returns {import("./figure.js").Figure}
 */
export function plotlyFigure({ plot, address, name, title, pictureOf, legendOf = null }) {
  if (!plot?.data) throw new Error("The chart is not drawn yet: close this, and try again when it is there.");
  const { offsetWidth, offsetHeight } = plot;
  return {
    name,
    title,
    heightOf: (width) => Math.max((width * offsetHeight) / offsetWidth, Math.min(offsetHeight, LEAST_RATIO * width)),
    legendOf,
    paint: async (g, { width, height, theme }) => {
      const plotly = await loadPlotly(address);
      const { data, layout } = pictureOf(theme);
      const paper = { paper_bgcolor: theme.paper, plot_bgcolor: theme.paper };
      const whole = { data, layout: { ...layout, ...brokenTitles(layout, height), ...paper, width, height, autosize: false } };
      g.nest(await plotly.toImage(whole, { format: "svg", width, height, imageDataOnly: true }), 0, 0);
    },
  };
}

const LETTER = 6.5; // pixels that one of an axis title is wide, about

/** The y axes, a title that is longer than the chart is high in two lines. */
function brokenTitles(layout, height) {
  const axes = Object.entries(layout).filter(([key, { title } = {}]) => key.startsWith("yaxis") && title?.text?.length * LETTER > 0.7 * height);
  return Object.fromEntries(axes.map(([key, axis]) => {
    const words = axis.title.text.split(" ");
    const half = Math.ceil(words.length / 2);
    const text = [words.slice(0, half), words.slice(half)].map((line) => line.join(" ")).join("<br>");
    return [key, { ...axis, title: { ...axis.title, text } }];
  }));
}
