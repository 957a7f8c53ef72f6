/**
 * The known factors of the pictures: what they are called, the value that each picture has, fetched once it is asked for, and
 * how the codes lie along one dimension for each value of one factor.
 */

import { fetchBinary } from "../engine/fetch.js";
import { parseSafetensors } from "../engine/safetensors.js";
import { emptyContext } from "../shared/canvas.js";
import { h, setText } from "../shared/dom.js";
import { axisName, fixed } from "../shared/format.js";

/** "hairColor" as "hair color". */
export const factorName = ({ name }) => name.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);

export const ABSENT = "none"; // the value of a factor for pictures without the thing

/** A colour is told from other values by its hash. */
const valueName = (value) => (/^[0-9a-f]{6}$/.test(value) ? `#${value}` : value);

/** "factor.2.5" as [2, 5]; null for any other group. */
export const factorOf = (text) => (text.startsWith("factor.") ? text.split(".").slice(1).map(Number) : null);

/** "hair color #603a14" or "no glasses" of a group that a factor makes. */
export function groupName(text, { factors }) {
  const [k, v] = factorOf(text);
  if (factors[k].values[v] === ABSENT) return `no ${factorName(factors[k])}`;
  return `${factorName(factors[k])} ${valueName(factors[k].values[v])}`;
}

/**
 * Sets `state.factorIndex`, [N * F] of the codes' pictures, once `wanted` says that it is; or `state.factorProblem`.
 * @param {(state: Object) => boolean} wanted
 */
export function createFactors(store, wanted) {
  const { state } = store;
  let aborter = null;

  store.on(["info"], () => {
    aborter?.abort();
    aborter = null;
  });
  store.on(["info", "tab", "plus", "minus", "codes"], () => {
    if (aborter || !state.codes || !state.info.factors.length || !wanted(state)) return;
    aborter = new AbortController();
    fetchIndex(state.info, aborter.signal);
  });

  async function fetchIndex(info, signal) {
    const { factor_index: address, factors } = info;
    try {
      const { index } = parseSafetensors(await fetchBinary(address, "the known factors", { signal })).tensors;
      if (index?.shape[1] !== factors.length) throw new Error("The known factors that the server sent do not fit the model.");
      if (info === state.info) store.set({ factorIndex: index.data });
    } catch (error) {
      if (!signal.aborted) store.set({ factorProblem: error.message });
    }
  }
  return { stop: () => aborter?.abort() };
}

const BINS = 60;
const RANGE = 3.5; // in units of z, to both sides
const NAMES = 76; // pixels for the names of the values
const FOOT = 18;

/** A ridge plot: how the codes lie along the picked dimension, a row of density for each value of the picked factor. */
export function createFactorRidges(store) {
  const { state } = store;
  const canvas = h("canvas.held", { role: "img", "data-testid": "held" });
  const title = h("h2", {}, "");
  const words = h("p.caption", { "data-testid": "held-words" });
  const element = h("section.panel", { "aria-label": "The dimension and the factor", hidden: true }, title, words, canvas);

  store.on(["tab", "dimension", "factor", "factorIndex", "codes", "theme"], () => {
    const { tab, dimension, factor, factorIndex, codes, info, theme } = state;
    element.hidden = !(tab === "factors" && codes && factorIndex && theme && isPicked(state));
    if (element.hidden) return;
    const known = info.factors[factor];
    const groups = byValue(state, dimension, factor);
    setText(title, `${axisName(dimension)} for each ${factorName(known)}`);
    setText(words, wordsOf(groups, known, dimension));
    canvas.setAttribute("aria-label", words.textContent);
    requestAnimationFrame(() => paint(canvas, groups, known, theme, dimension));
  });
  return { element };
}

export const isPicked = ({ dimension, factor }) => Number.isInteger(dimension) && Number.isInteger(factor);

/** z_j of the pictures with each value of factor k: [V] lists. */
function byValue({ codes, factorIndex, info }, j, k) {
  const groups = info.factors[k].values.map(() => []);
  const [D, F] = [info.latent_dim, info.factors.length];
  for (let n = 0; n < codes.count; n++) groups[factorIndex[n * F + k]].push(codes.mu[n * D + j]);
  return groups;
}

/** The value of factor k whose pictures lie furthest along dimension j. */
export function furthest(state, j, k) {
  const means = byValue(state, j, k).map(meanOf);
  return means.indexOf(Math.max(...means.filter(Number.isFinite)));
}

const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function wordsOf(groups, { values }, j) {
  const means = groups.map(meanOf);
  const known = means.filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const name = (mean) => valueName(values[means.indexOf(mean)]);
  return `Each row is one value of the factor. It shows where the codes of its pictures lie along ${axisName(j)}, and their mean. The means go from ${fixed(low)} (${name(low)}) `
    + `to ${fixed(high)} (${name(high)}). If the rows look alike, the dimension says little about the factor.`;
}

function paint(canvas, groups, { values }, theme, j) {
  const width = canvas.clientWidth;
  if (!width) return;
  const row = Math.min(20, Math.max(8, Math.floor(300 / groups.length)));
  const height = row * groups.length + FOOT;
  canvas.style.height = `${height}px`;
  const g = emptyContext(canvas, width, height);
  g.font = `500 ${Math.min(12, row)}px ${theme.font}`;
  g.textBaseline = "middle";
  const x = (z) => NAMES + ((z + RANGE) / (2 * RANGE)) * (width - NAMES);
  groups.forEach((group, v) => drawRow(g, group, values[v], v * row, row, x, theme));
  g.fillStyle = theme.ink;
  for (const z of [-3, 0, 3]) {
    g.textAlign = z < 0 ? "left" : z > 0 ? "right" : "center";
    g.fillText(z ? String(z) : `${axisName(j)} = 0`, x(z), height - FOOT / 2);
  }
}

function drawRow(g, group, value, y, row, x, theme) {
  const bars = new Array(BINS).fill(0);
  for (const z of group) bars[Math.min(BINS - 1, Math.max(0, Math.floor(((z + RANGE) / (2 * RANGE)) * BINS)))] += 1;
  const top = Math.max(1, ...bars);
  const wide = (x(RANGE) - x(-RANGE)) / BINS;
  g.fillStyle = theme.ink;
  bars.forEach((bar, k) => {
    g.globalAlpha = (0.8 * bar) / top;
    g.fillRect(x(-RANGE) + k * wide, y + 1, wide + 0.5, row - 2);
  });
  g.globalAlpha = 1;
  if (group.length) {
    g.fillStyle = theme.accent;
    g.fillRect(x(meanOf(group)) - 1, y, 2.5, row);
  }
  g.fillStyle = theme.ink;
  g.textAlign = "left";
  const name = valueName(value);
  if (name.startsWith("#")) {
    g.fillText(name, 16, y + row / 2);
    g.fillStyle = name;
    g.fillRect(0, y + 1.5, 12, row - 3);
    g.strokeStyle = theme.line;
    g.strokeRect(0, y + 1.5, 12, row - 3);
  } else g.fillText(name, 0, y + row / 2);
}
