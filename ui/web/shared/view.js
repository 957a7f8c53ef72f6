/** Reading and writing a view: how each of its fields is checked, and what is written of it. */

import { decodeDrawing } from "../engine/drawing_codec.js";

export const isWhole = (value, end) => Number.isInteger(value) && value >= 0 && value < end;
export const isVector = (value, length) => Array.isArray(value) && value.length === length && value.every(Number.isFinite);
export const round = (value) => Math.round(value * 1e4) / 1e4 + 0; // + 0: no -0
const isRecord = (value) => typeof value === "object" && value !== null;

export const equal = (a, b) => a.length === b.length && a.every((value, n) => Math.abs(value - b[n]) < 1e-9);

export function readDrawing(text, size) {
  if (typeof text !== "string" || !text) return null;
  try {
    return decodeDrawing(text, size);
  } catch {
    return null; // Python has already said so in a sentence
  }
}

/** @returns {Object} every field of a view, from what Python sent (null and nonsense become the default) */
export function readFields(fields, raw, model) {
  const given = isRecord(raw) ? raw : {};
  return Object.fromEntries(
    Object.entries(fields).map(([name, { read, standard }]) => [name, read(given[name], model) ?? standard(model)]),
  );
}

/** @returns {Object} the view as plain JSON, for Python and the link */
export const writeFields = (fields, state) =>
  Object.fromEntries(Object.entries(fields).map(([name, { write }]) => [name, write(state[name], state)]));
