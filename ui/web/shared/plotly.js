/**
 * plotly.js: loaded once for the page when the first chart is there, made to look like the rest of it, and its charts
 * saved as files.
 */

import { button, h, setText } from "./dom.js";

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

const SCALE = { png: 2, svg: 1 }; // pixels of a PNG for each of the page's

/**
 * "↓ PNG" and "↓ SVG" of a chart that plotly.js has drawn.
 * @param {{plot: () => Element | null, address: () => string, name: () => string, paper: () => string}} of
 *   the chart's element, where plotly.js is, the file's name without its ending, the colour under the chart
 * @returns {HTMLElement}
 */
export function createSaveButtons({ plot, address, name, paper }) {
  const problem = h("span.message", { role: "alert", hidden: true });

  async function save(kind, pressed) {
    problem.hidden = pressed.disabled = true;
    try {
      const drawn = plot();
      if (!drawn?.data) throw new Error("The chart is not drawn yet: press again when it is there.");
      const plotly = await loadPlotly(address());
      const { data, layout, offsetWidth: width, offsetHeight: height } = drawn;
      const picture = { data, layout: { ...layout, width, height, autosize: false, paper_bgcolor: paper(), plot_bgcolor: paper() } };
      await plotly.downloadImage(picture, { format: kind, width, height, scale: SCALE[kind], filename: name() });
    } catch (error) {
      setText(problem, error.message ?? "The chart could not be saved. Press again to try once more.");
      problem.hidden = false;
    }
    pressed.disabled = false;
  }

  const saver = (kind) => {
    const label = `Download this chart as ${kind.toUpperCase()}`;
    const pressed = button(`↓ ${kind.toUpperCase()}`, () => save(kind, pressed), { class: "quiet", title: label, "aria-label": label, "data-testid": `chart-${kind}` });
    return pressed;
  };
  return h("div.row.save", {}, saver("png"), saver("svg"), problem);
}
