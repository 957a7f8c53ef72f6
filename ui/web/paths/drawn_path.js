/**
 * The path that a visitor draws: its waypoints are drawn, added, moved and taken away; each step can be undone and done
 * again.
 */

import { button, h, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { ARROWS_SHOWN, ARROWS_UP } from "../shared/keyboard.js";
import { smooth } from "./interpolation.js";

// Waypoints are points of the map's plane, in thousandths of its unit, joined by a smooth curve.
const MOST_WAYPOINTS = 24;
export const EACH = 16; // steps of the curve from one waypoint to the next
const FINE = 1000;

const NUDGE = 0.1; // in units of the map, as for z on the latent map
const FULL = `A drawn path has at most ${MOST_WAYPOINTS} waypoints: delete one first.`;

/** State that it keeps: `hand` [W][2], `waypoint` the one picked out (-1: none), `pen` whether the map takes them. */
export function createDrawnPath(store) {
  const { state } = store;
  const history = createHistory(store);
  store.on(["info"], history.forget); // another model
  const within = (n) => Math.min(state.hand.length - 1, Math.max(0, n));

  const hand = {
    /** A line drawn over the map, in its units, of which parts smaller than `least` are left out. */
    draw: (points, least) => history.step(simplifyCurve(points, least), -1),
    add(point, after) {
      if (state.hand.length >= MOST_WAYPOINTS) return store.set({ handProblem: FULL });
      history.step([...state.hand.slice(0, after + 1), point, ...state.hand.slice(after + 1)], after + 1);
    },
    /** One after the picked one: halfway to the next, or as far again beyond the end. */
    addNext() {
      const { hand: points, waypoint } = state;
      const n = waypoint < 0 ? points.length - 1 : waypoint;
      const [own, next, last] = [points[n], points[n + 1], points[n - 1]];
      const mixed = (b, t) => own.map((value, j) => value + t * (b[j] - value));
      const centre = state.window.slice(0, 2);
      hand.add(!own ? centre : next ? mixed(next, 0.5) : last ? mixed(last, -0.5) : [own[0] + 0.5, own[1]], n);
    },
    remove: () => state.hand[state.waypoint] && history.step(state.hand.filter((_, n) => n !== state.waypoint), state.waypoint - 1),
    clear: () => state.hand.length && history.step([], -1),
    pick: (n) => state.hand.length && store.set({ waypoint: within(n) }),
    nudge: (by) => state.hand[state.waypoint] && history.step(moved(state, state.hand[state.waypoint].map((value, j) => value + by[j])), state.waypoint),
    take: (n) => (history.hold(), store.set({ waypoint: n, busy: true })),
    drag: (point) => store.set({ hand: moved(state, point) }),
    drop: () => (history.release(), store.set({ busy: false })),
    undo: history.undo,
    redo: history.redo,
  };
  return { ...hand, element: createTools(store, hand, history), bindings: bindingsOf(hand, state) };
}

const moved = ({ hand, waypoint }, point) => hand.map((own, n) => (n === waypoint ? point : own));

/** What was before, and what was undone. */
function createHistory(store) {
  const { state } = store;
  let past = [];
  let future = [];
  let held = null;
  const show = (hand, waypoint = -1) => store.set({ hand, waypoint: Math.min(waypoint, hand.length - 1), handProblem: null });

  function step(hand, waypoint, before = state.hand) {
    past.push(before);
    future = [];
    show(roundWaypoints(hand), waypoint);
  }

  function swap(from, to) {
    if (!from.length) return;
    to.push(state.hand);
    show(from.pop(), state.waypoint);
  }

  function release() {
    const [before, after] = [held, state.hand];
    held = null;
    if (before === after) return;
    step(after, state.waypoint, before);
  }
  return {
    step, release,
    hold: () => (held = state.hand),
    undo: () => swap(past, future),
    redo: () => swap(future, past),
    forget: () => ([past, future] = [[], []]),
    can: () => [past.length > 0, future.length > 0],
  };
}

function createTools(store, hand, history) {
  const { state } = store;
  const pen = button("✎ Draw a path", () => store.set({ pen: !state.pen, lasso: null }), { "aria-pressed": "false", "data-testid": "pen" });
  const tool = (label, act, id) => button(label, act, { class: "quiet", "data-testid": `hand-${id}` });
  const [add, remove] = [tool("Add waypoint", hand.addNext, "add"), tool("Delete waypoint", hand.remove, "delete")];
  const [undo, redo] = [tool("Undo", hand.undo, "undo"), tool("Redo", hand.redo, "redo")];
  const clear = tool("Clear", hand.clear, "clear");
  const tools = h("span.hand-tools", { hidden: true }, add, remove, undo, redo, clear);
  const message = h("p.message", { role: "alert", hidden: true, "data-testid": "hand-problem" });
  const where = h("span.unseen", { role: "status", "data-testid": "waypoint" });

  store.on(["pen", "hand", "waypoint", "handProblem"], () => {
    if (!state.hand) return;
    pen.setAttribute("aria-pressed", String(!!state.pen));
    tools.hidden = !state.pen;
    [undo.disabled, redo.disabled] = history.can().map((can) => !can);
    remove.disabled = !state.hand[state.waypoint];
    clear.disabled = !state.hand.length;
    message.hidden = !state.handProblem;
    setText(message, state.handProblem ?? "");
    const point = state.hand[state.waypoint];
    setText(where, point ? `Waypoint ${state.waypoint + 1} of ${state.hand.length} at ${point.map((value) => fixed(value)).join(", ")}` : "");
  });
  store.on(["tab"], () => state.tab !== "between" && state.pen && store.set({ pen: false }));
  return h("div.hand-tool", { role: "group", "aria-label": "Drawn path" }, h("div.row", {}, pen, tools), message, where);
}

/** What the keys do on the map while a path is drawn. @returns {() => Object[]} */
function bindingsOf(hand, state) {
  const nudge = ({ key, shiftKey }) => hand.nudge(ARROWS_UP[key].map((by) => by * (shiftKey ? NUDGE / 10 : NUDGE)));
  const pick = (by) => hand.pick(state.waypoint + by);
  const undoOrRedo = ({ shiftKey }) => (shiftKey ? hand.redo() : hand.undo());
  const always = [
    { keys: ["Enter"], shown: "Enter", words: "Add a waypoint", act: hand.addNext },
    { keys: ["Delete", "Backspace"], shown: "Delete", words: "Delete the waypoint", act: hand.remove },
    { keys: ["PageUp"], shown: "Page Up", words: "Choose the waypoint before", act: () => pick(-1) },
    { keys: ["PageDown"], shown: "Page Down", words: "Choose the next waypoint", act: () => pick(1) },
    { keys: ["z", "Z"], control: true, shown: "Ctrl Z", words: "Undo", act: undoOrRedo },
    { keys: ["y", "Y"], control: true, shown: "Ctrl Y", words: "Redo", act: () => hand.redo() },
  ];
  const move = "Move the waypoint; with Shift in smaller steps";
  const arrows = { keys: Object.keys(ARROWS_UP), shown: ARROWS_SHOWN, words: move, act: nudge };
  return () => (state.hand[state.waypoint] ? [arrows, ...always] : always);
}

/** @returns {number[][] | null} waypoints from "x.y.x.y...", null for anything else */
export function readHand(text) {
  if (typeof text !== "string" || !/^-?\d{1,5}(\.-?\d{1,5})*$/.test(text)) return null;
  const values = text.split(".").map((value) => Number(value) / FINE);
  if (values.length % 2 || values.length > 2 * MOST_WAYPOINTS) return null;
  return Array.from({ length: values.length / 2 }, (_, k) => [values[2 * k], values[2 * k + 1]]);
}

export const writeHand = (points) => (points.length ? points.flat().map((value) => Math.round(FINE * value)).join(".") : null);

/** As a link holds them: rounded, held to what it can say, none twice in a row. */
function roundWaypoints(points) {
  const most = 99_999;
  const round = (value) => Math.min(most, Math.max(-most, Math.round(FINE * value))) / FINE + 0; // + 0: no -0
  const rounded = points.map((point) => point.map(round));
  return rounded.filter((point, k) => !k || point.some((value, j) => value !== rounded[k - 1][j]));
}

/** The few points of a drawn line that it cannot do without: none of the others lies farther than `least` from them. */
export function simplifyCurve(points, least) {
  const kept = simplified(points, least);
  return kept.length <= MOST_WAYPOINTS ? kept : simplifyCurve(points, 1.5 * least);
}

/** Ramer 1972, Douglas and Peucker 1973. */
function simplified(points, least) {
  if (points.length < 3) return points;
  const [first, last] = [points[0], points.at(-1)];
  const far = points.map((point) => fromLine(point, first, last));
  const k = far.indexOf(Math.max(...far));
  if (far[k] <= least) return [first, last];
  return [...simplified(points.slice(0, k + 1), least), ...simplified(points.slice(k), least).slice(1)];
}

function fromLine([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const t = square > 0 ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square)) : 0;
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** Which waypoint a new one at (a, b) should follow: that before it on the curve, if it lies within `reach` of it, else the last. */
export function waypointBefore(points, [a, b], reach) {
  if (points.length < 2) return points.length - 1;
  const far = smooth(points, EACH).map(([x, y]) => Math.hypot(x - a, y - b));
  const nearest = far.indexOf(Math.min(...far));
  const isEnd = nearest === 0 || nearest === far.length - 1;
  return far[nearest] <= reach && !isEnd ? Math.min(points.length - 2, Math.floor(nearest / EACH)) : points.length - 1;
}
