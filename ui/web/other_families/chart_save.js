/** The button that saves a chart of this page as a figure, painted anew for the figure's width and paper. */

import { createSaveButton } from "../shared/save_dialog.js";

/**
 * @param {string} what  is saved: "the course of the training"
 * @param {string} name  of the file, without its ending
 * @param {(width: number) => number} heightOf
 * @param {(g: Object, width: number, theme: Object) => void} paint
 */
export const createChartSave = (what, name, heightOf, paint) =>
  createSaveButton("Save", what, () => ({ name, title: what[0].toUpperCase() + what.slice(1), heightOf, paint: (g, { width, theme }) => paint(g, width, theme), legendOf: null }));
