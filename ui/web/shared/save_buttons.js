/** "↓ PNG" and "↓ SVG" of a chart that plotly.js has drawn. */

import { button, h, setText } from "./dom.js";
import { loadPlotly } from "./plotly.js";

const SCALE = { png: 2, svg: 1 }; // pixels of a PNG for each of the page's

/**
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
