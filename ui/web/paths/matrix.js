/** A matrix of dimensions by factors, whose cells can be picked by hand and by arrow keys. */

import { ARROWS_DOWN } from "../shared/arrow_keys.js";
import { button, h } from "../shared/dom.js";
import { axisName, fixed } from "../shared/format.js";
import { factorName } from "./factors.js";

/**
 * @param {(dimension: number, factor: number) => void} pick
 * @returns {{element: HTMLElement, fill: (rows: number[], factors: Object[], values: number[][], digits: number) => void,
 *   mark: (dimension: number | null, factor: number | null) => void}} values [D][F]; rows: which dimensions, in which order
 */
export function createMatrix(pick) {
  const table = h("table.matrix", { "data-testid": "matrix", onkeydown: move });
  const element = h("div.matrix-holder", { tabindex: "-1" }, table);
  let cells = []; // [row][factor] buttons

  function fill(rows, factors, values, digits) {
    const most = Math.max(1e-9, ...rows.flatMap((j) => values[j]));
    cells = rows.map((j) => factors.map((factor, k) => {
      const text = fixed(values[j][k], digits);
      const cell = button(text, () => pick(j, k), { "aria-label": `${axisName(j)}, ${factorName(factor)}: ${text}`, "data-testid": "matrix-cell", "data-dimension": j, "data-factor": k, tabindex: "-1" });
      cell.style.setProperty("--share", values[j][k] / most);
      return cell;
    }));
    table.replaceChildren(
      h("thead", {}, h("tr", {}, h("td", {}), ...factors.map((factor) => h("th", { scope: "col" }, factorName(factor))))),
      h("tbody", {}, ...rows.map((j, row) => h("tr", {}, h("th", { scope: "row" }, h("em", {}, axisName(j))), ...cells[row].map((cell) => h("td", {}, cell))))));
  }

  function mark(dimension, factor) {
    const all = cells.flat();
    const isPicked = (cell) => Number(cell.dataset.dimension) === dimension && Number(cell.dataset.factor) === factor;
    for (const cell of all) {
      cell.setAttribute("aria-pressed", String(isPicked(cell)));
      cell.tabIndex = -1;
    }
    const entry = all.find(isPicked) ?? all[0]; // one stop of the tab key, arrow keys from there
    if (entry) entry.tabIndex = 0;
  }

  function move(event) {
    const by = ARROWS_DOWN[event.key];
    const row = cells.findIndex((each) => each.includes(event.target));
    if (!by || row < 0) return;
    const next = cells[row + by[1]]?.[cells[row].indexOf(event.target) + by[0]];
    next?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
  return { element, fill, mark };
}
