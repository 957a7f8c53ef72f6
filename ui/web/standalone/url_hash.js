/** The view in the address of a page without a server: the words are those of the app's own link. */

const LISTS = new Set(["z", "spot", "axes", "selected", "window", "overlays", "hidden"]);
const NUMBERS = new Set(["x", "seed"]);
const USUAL = { plane: "dimensions", overlays: "prior", hidden: "", source: "posterior", seed: "0" };

/**
 * @param {string} hash  with its "#"
 * @param {Object<string, string>} names  field of the view -> its name in a link
 * @returns {Object | null} the fields that it names; null where it names none
 */
export function readHash(hash, names) {
  const params = new URLSearchParams(hash.slice(1));
  const found = Object.entries(names).filter(([, name]) => params.has(name));
  return found.length ? Object.fromEntries(found.map(([field, name]) => [field, read(field, params.get(name))])) : null;
}

/** @returns {string} the view as a hash; what is at its default is left out */
export function writeHash(view, names) {
  const entries = Object.entries(names).filter(([field]) => view[field] !== null && view[field] !== undefined);
  const words = entries.map(([field, name]) => [field, name, write(field, view[field])]).filter(([field, , text]) => text !== USUAL[field]);
  return "#" + words.map(([, name, text]) => `${name}=${encodeURIComponent(text).replaceAll("%2C", ",")}`).join("&");
}

function read(field, text) {
  if (NUMBERS.has(field)) return Number(text);
  if (!LISTS.has(field)) return text;
  const items = text === "" ? [] : text.split(",").map((word) => (word !== "" && Number.isFinite(Number(word)) ? Number(word) : word));
  return field === "axes" ? items.map((axis) => axis - 1) : items; // a link counts from 1
}

function write(field, value) {
  if (!LISTS.has(field)) return String(value);
  return (field === "axes" ? value.map((axis) => axis + 1) : value).join(",");
}
