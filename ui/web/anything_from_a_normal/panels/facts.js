/** The numbers: the chosen point with its stretch and densities, and how far the draws are from p(x). */

import { density as phi } from "../../engine/transport/normal_cdf.js";
import { h, setText } from "../../shared/dom.js";
import { count, fixed, vector } from "../../shared/format.js";
import { ALL_KEYS } from "../derived_state.js";
import { MAPS } from "../maps.js";

/** Four figures, or three of a small number, as 0.01234, 0.000123 or 1.23e-7: a small density is not a zero. */
function formatFigures(value) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  if (Math.abs(value) < 1e-3) return Math.abs(value) < 1e-5 ? value.toExponential(2) : value.toPrecision(3);
  return fixed(value, Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value)))));
}

export function createFacts(store) {
  const { state } = store;
  const rows = {};
  const row = (name, label) => {
    rows[name] = { term: h("dt", {}, label), value: h("dd.number", { "data-testid": name }) };
    return (rows[name].element = h("div", {}, rows[name].term, rows[name].value));
  };
  const note = h("p.note", { role: "status", "data-testid": "point-note" });
  const element = h("section.point", { "aria-label": "The chosen point", id: "numbers" },
    h("h2", {}, "The chosen point"),
    h("dl", {}, row("z", "z"), row("x", "x"), row("norm", "‖x‖, from the centre"), row("volume", "√det JᵀJ"), row("pz", "p(z)"), row("pushed", "p(z) / √det JᵀJ"), row("px", "p(x)")),
    note);

  const write = (name, text) => setText(rows[name].value, text);
  store.on([...ALL_KEYS, "z", "t"], () => {
    const { z, f, fz, shownX, map, t } = state;
    if (!z) return;
    const pz = z.reduce((product, v) => product * phi(v), 1);
    const volume = f && fz ? stretch(state) : NaN;
    write("z", vector(z));
    write("x", shownX ? vector(shownX, 3) : "–");
    write("norm", shownX ? fixed(Math.hypot(...shownX), 3) : "–");
    rows.norm.element.hidden = MAPS[map].dims === 1;
    setText(rows.x.term, t === 1 ? "x = f(z)" : `x on its way, t = ${fixed(t)}`);
    setText(rows.volume.term, MAPS[map].dims === 1 ? "slope f′(z)" : "√det JᵀJ of f");
    setText(rows.pushed.term, MAPS[map].dims === 1 ? "p(z) / f′(z)" : "p(z) / √det JᵀJ");
    setText(rows.px.term, map === "learned" ? "p(x) of the target" : "p(x), exact");
    write("volume", formatFigures(volume));
    write("pz", formatFigures(pz));
    write("pushed", formatFigures(pz / volume));
    write("px", f && fz ? formatFigures(state.goal.density(fz)) : "–");
    setText(note, t === 1 ? sentence(state) : "The numbers below x belong to the complete map, t = 1.");
  });
  return { element };
}

/** √det JᵀJ of f at the chosen z; on the line the slope, φ(z)/p(x). */
function stretch({ f, fz, z, map }) {
  return MAPS[map].dims === 1 ? phi(z[0]) / f.density(fz[0]) : f.volume(z);
}

function sentence({ f, fz, map, goal }) {
  if (!goal) return "Nothing is drawn yet, so there is no x: a density must have some mass.";
  if (!f || !fz) return "";
  if (!fz.every(Number.isFinite)) return "The ring map has no value at z = 0: z/‖z‖ has no direction there.";
  if (map === "learned") return "The two last numbers agree where the network has learned p(x) and no other z comes to this x.";
  return MAPS[map].dims === 1 ? "f is one-to-one, so the two last numbers agree." : "The map is exact, so the two last numbers agree.";
}

export function createDistance(store) {
  const { state } = store;
  const value = h("strong", { "data-testid": "distance" });
  const floor = h("span", { "data-testid": "floor" });
  const high = h("span", { "data-testid": "floor-high" });
  const name = h("h2", {});
  const band = h("span.band");
  const mean = h("span.mean");
  const mark = h("span.mark");
  const meter = h("div.meter", { "aria-hidden": "true" }, band, mean, mark);
  const verdict = h("p.note", { role: "status" });
  const element = h("section.distance", { "aria-label": "Distance from p(x)" }, name,
    h("p.reading", {}, value),
    h("p.note", {}, "Perfect samples would give about ", floor, ", and in 95 of 100 cases at most ", high, "."),
    meter, verdict);

  store.on([...ALL_KEYS, "t", "measured"], () => {
    const { measured, n, seed } = state;
    setText(name, state.dims === 1 ? "Kolmogorov–Smirnov distance" : "Energy distance");
    setText(value, measured ? formatFigures(measured.distance) : "–");
    setText(floor, measured ? formatFigures(measured.mean) : "–");
    setText(high, measured ? formatFigures(measured.high) : "–");
    setText(verdict, measured ? judge(measured, n, seed) : state.f ? "Measuring." : "There are no x to measure.");
    meter.hidden = !measured;
    if (!measured) return;
    const most = 1.25 * Math.max(measured.high, measured.distance);
    band.style.width = `${(100 * measured.high) / most}%`;
    mean.style.left = `${(100 * measured.mean) / most}%`;
    mark.style.left = `${(100 * measured.distance) / most}%`;
  });
  return { element };
}

function judge({ distance, high }, n, seed) {
  const from = `n = ${count(n)} draws, seed ${seed}`;
  return distance <= high
    ? `${from}: with so few draws, this distance cannot tell them from exact samples of p(x).`
    : `${from}: they do not follow p(x): the distance is ${formatFigures(distance / high)} times the limit that 95 of 100 perfect samples stay below.`;
}
