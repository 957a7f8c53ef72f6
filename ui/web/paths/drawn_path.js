/** The path that a visitor draws: its waypoints are drawn, added, moved and taken away; each step can be undone and done again. */

import { ARROWS_UP } from "../shared/arrow_keys.js";
import { button, h, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { MOST_WAYPOINTS, simplifyCurve, roundWaypoints } from "./waypoints.js";

const NUDGE = 0.1; // in units of the map, as for z on the latent map
const FULL = `A path by hand has at most ${MOST_WAYPOINTS} waypoints: delete one first.`;

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
  return { ...hand, element: createTools(store, hand, history), press: keysOf(hand, state) };
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
  const pen = button("✎ Draw a path by hand", () => store.set({ pen: !state.pen, lasso: null }), { "aria-pressed": "false", "data-testid": "pen" });
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
  store.on(["task"], () => state.task !== "between" && state.pen && store.set({ pen: false }));
  return h("div.hand-tool", { role: "group", "aria-label": "Path by hand" }, h("div.row", {}, pen, tools), message, where);
}

/** The keyboard on the map while a path is drawn. @returns {(event: KeyboardEvent) => boolean} whether the key was one of its own */
function keysOf(hand, state) {
  const acts = {
    Enter: hand.addNext,
    Delete: hand.remove,
    Backspace: hand.remove,
    PageUp: () => hand.pick(state.waypoint - 1),
    PageDown: () => hand.pick(state.waypoint + 1),
  };
  return (event) => {
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (control && (key === "z" || key === "y")) (key === "y" || event.shiftKey ? hand.redo : hand.undo)();
    else if (control || event.altKey) return false;
    else if (event.key in ARROWS_UP && state.hand[state.waypoint]) hand.nudge(ARROWS_UP[event.key].map((by) => by * (event.shiftKey ? NUDGE / 10 : NUDGE)));
    else if (Object.hasOwn(acts, event.key)) acts[event.key]();
    else return false;
    return true;
  };
}
