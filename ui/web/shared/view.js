/**
 * Views by their schema. Python declares the fields of a view once (ui/url_state/schema.py) and sends them; here each is
 * read, checked and written by its kind, whoever gives it: Python, a room, or the address of an exported page.
 *
 * A page's `own` says for a field what its kind does not: `read(value, info)` (null: not usable) gives its form in the
 * state, `standard(info)` its default, and `write(state)` what a link holds (null where it follows from the rest).
 */

import { decodeDrawing, encodeDrawing } from "../engine/drawing_codec.js";

export const round = (value) => Math.round(value * 1e4) / 1e4 + 0; // as a link holds it; + 0: no -0
export const equal = (a, b) => a.length === b.length && a.every((value, n) => Math.abs(value - b[n]) < 1e-9);

const within = (value, least, most) => Number.isFinite(value) && value >= least && value <= most;
const isWhole = (value, least, most) => Number.isInteger(value) && value >= least && value <= most;
const isNumbers = (value, limit) => Array.isArray(value) && value.every((number) => within(number, -limit, limit));
const isText = (value, most = Infinity) => typeof value === "string" && value.length <= most;
const kept = (value, is) => (is ? value : null);

/** By kind: the value as the state holds it, null where it is not usable. */
const READERS = {
  whole: (value, { least, most }) => kept(value, isWhole(value, least, most)),
  wholes: (value, { length, most }) =>
    kept(value, Array.isArray(value) && value.every((k) => isWhole(k, 0, most)) && (length ?? value.length) === value.length),
  number: (value, { least, most }) => kept(value, within(value, least, most)),
  numbers: (value, { length, limit }) => kept(value, isNumbers(value, limit) && (length ?? value.length) === value.length),
  window: (value, { limit, least }) => kept(value, isNumbers(value, limit) && value.length === 3 && value[2] >= least),
  corners: (value, { most, limit }) => kept(value, isNumbers(value, limit) && value.length % 2 === 0 && within(value.length, 6, 2 * most)),
  choice: (value, { options }) => kept(value, options.includes(value)),
  choices: (value, { options }) => (Array.isArray(value) ? options.filter((name) => value.includes(name)) : null),
  drawing: (value, { pixels }) => readDrawing(value, pixels),
  text: (value, { most }) => kept(value, isText(value, most)),
  texts: (value, { most }) => kept(value, Array.isArray(value) && value.length <= most && value.every((text) => isText(text))),
};

/** By kind: what is written of a value that is not null; as it is where nothing is said. */
const WRITERS = {
  number: round,
  numbers: (value) => value.map(round),
  window: (value) => value.map(round),
  drawing: encodeDrawing,
};

/** @returns {Float32Array | null} the values of a drawing; null for a text that is none, which Python has said already */
export function readDrawing(text, pixels) {
  if (typeof text !== "string" || !text) return null;
  try {
    return decodeDrawing(text, pixels);
  } catch {
    return null;
  }
}

/**
 * @param {{fields: Object}} info  what Python says of the model, with the fields of the view
 * @returns {Object} every field of a view, from plain JSON; what is null or not usable gets its default
 */
export function readView(raw, info, own = {}) {
  const given = typeof raw === "object" && raw !== null ? raw : {};
  const read = ([name, field]) => {
    const value = READERS[field.kind](given[name], field);
    const usable = value !== null && own[name]?.read ? own[name].read(value, info) : value;
    return [name, usable ?? standard(name, field)];
  };
  const standard = (name, field) => {
    if (own[name]?.standard) return own[name].standard(info);
    const value = field.default === null ? null : READERS[field.kind](field.default, field);
    return value !== null && own[name]?.read ? own[name].read(value, info) : value;
  };
  return Object.fromEntries(Object.entries(info.fields).map(read));
}

/** @returns {Object} the view as plain JSON, for Python, the link and a room */
export function writeView(state, own = {}) {
  const write = ([name, { kind }]) => {
    if (own[name]?.write) return own[name].write(state);
    return (state[name] ?? null) === null ? null : (WRITERS[kind]?.(state[name]) ?? state[name]);
  };
  return Object.fromEntries(Object.entries(state.info.fields).map(([name, field]) => [name, write([name, field])]));
}
