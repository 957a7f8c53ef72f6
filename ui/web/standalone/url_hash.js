/** The view in the address of a page without a server: the words are those of the app's own link. */

const LISTS = ["numbers", "window", "corners", "wholes", "choices", "texts"];
const NUMBERS = ["whole", "number"];

/**
 * @param {string} hash  with its "#"
 * @param {Object<string, {name: string, kind: string, shift?: number}>} fields  of the view, as Python declares them
 * @returns {Object | null} the fields that it names, as plain JSON; null where it names none
 */
export function readHash(hash, fields) {
  const params = new URLSearchParams(hash.slice(1));
  const found = Object.entries(fields).filter(([, { name }]) => params.has(name));
  return found.length ? Object.fromEntries(found.map(([key, field]) => [key, read(params.get(field.name), field)])) : null;
}

/** @returns {string} the view as a hash; what is at its default is left out */
export function writeHash(view, fields) {
  const said = Object.entries(fields).filter(([key, field]) => (view[key] ?? null) !== null && String(view[key]) !== String(field.default));
  const words = said.map(([key, field]) => `${field.name}=${encodeURIComponent(write(view[key], field)).replaceAll("%2C", ",")}`);
  return "#" + words.join("&");
}

function read(text, { kind, shift = 0 }) {
  if (NUMBERS.includes(kind)) return Number(text) - shift;
  if (!LISTS.includes(kind)) return text;
  const items = text === "" ? [] : text.split(",");
  return kind === "choices" || kind === "texts" ? items : items.map((item) => Number(item) - shift); // a link may count from 1
}

const write = (value, { shift = 0 }) => (shift ? [value].flat().map((number) => number + shift).join(",") : String(value));
