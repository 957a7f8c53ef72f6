/**
 * Synchronise the components of a page with a room. A module is loaded once, so the page has one copy of this state. The
 * views of a leading page are sent at most ten times a second. A following page writes each view that arrives into the
 * stores of its components: without a rerun, an entry in the history, or a message to Python.
 */

import { throttle } from "./dom.js";

const PACE_MS = 100; // between two views that are sent
const BLEND_MS = 120; // in which a number moves to its new value: about the time until the next view
const still = matchMedia("(prefers-reduced-motion: reduce)");

const components = new Map(); // of the page, by name
let mode = "alone"; // or "lead" or "follow"
let shown = {}; // the views of the teacher's components, by name: {of, view}
let sendView = () => {};
const sendViewSoon = throttle(() => sendView(), PACE_MS);

/**
 * Register a component, so that it can lead and follow.
 * @param {string} name  the same on every page that shows it
 * @param {{of: () => string | null, read: () => Object, take: (view: Object) => void, put: (patch: Object) => void,
 *   syncOf: (key: string) => "view" | "field" | "glide", left: () => void}} component
 *   `of` returns the id of its model, "" if it has none, null before there is anything to show; `read` returns the whole
 *   view; `take` replaces the whole view, `put` only fields whose `syncOf` is "field" or "glide" (numbers that may move in
 *   steps); `left` is called when the visitor stops following
 */
export function createLive(name, component) {
  const entry = { ...component, taken: null, taking: false, goal: {}, frame: 0 };
  components.set(name, entry);
  return {
    /** To be called after each frame; `moved` is whether the view may have changed. */
    painted(moved) {
      if (mode === "lead" && moved) sendViewSoon();
      else if (mode === "follow" && !entry.taken) take(entry, shown[name]);
    },
    /** To be called when another source has replaced the view: the teacher's view is applied again after the next frame. */
    given: () => entry.taking || (entry.taken = null),
    follows: () => mode === "follow",
    stop() {
      cancelAnimationFrame(entry.frame);
      if (components.get(name) === entry) components.delete(name);
    },
  };
}

/** @returns {Object<string, {of: string, view: Object}>} the views of the page's components, by name */
export function readParts() {
  const there = [...components].map(([name, entry]) => [name, entry, entry.of()]).filter(([, , of]) => of !== null);
  return Object.fromEntries(there.map(([name, entry, of]) => [name, { of, view: entry.read() }]));
}

/** The model that a component of this page shows; undefined where there is none or it is still loading. */
export const modelOf = (name) => components.get(name)?.of() ?? undefined;

/** Whether any component of this page shows a model. */
export const showsModel = () => [...components.values()].some((entry) => entry.of());

/** Lead: `send` is called after changes, at most ten times a second. */
export function lead(send) {
  become("lead");
  sendView = send;
}

/** Follow: show the views of the teacher's components. */
export function follow(parts) {
  if (mode !== "follow") become("follow");
  shown = parts;
  for (const [name, entry] of components) take(entry, parts[name]);
}

export function goAlone() {
  if (mode !== "alone") become("alone");
}

function become(next) {
  const left = mode === "follow";
  mode = next;
  sendView = () => {};
  for (const entry of components.values()) {
    cancelAnimationFrame(entry.frame);
    Object.assign(entry, { taken: null, goal: {} });
    if (left) entry.left();
  }
}

function take(entry, part) {
  if (!part || entry.of() === null || entry.of() !== part.of) return;
  const before = entry.taken;
  entry.taken = part.view;
  const from = before ?? entry.read();
  const changed = Object.keys(part.view).filter((key) => !same(from[key], part.view[key]));
  if (!changed.length) return;
  if (before && changed.every((key) => ["field", "glide"].includes(entry.syncOf(key)))) move(entry, pick(part.view, changed));
  else takeAll(entry, part.view);
}

function takeAll(entry, view) {
  cancelAnimationFrame(entry.frame);
  entry.goal = {};
  entry.taking = true;
  entry.take(view);
  entry.taking = false;
}

/** Set fields to new values; numbers move there in steps, so that the picture is smooth between two messages. */
function move(entry, patch) {
  const from = entry.read();
  const goal = { ...entry.goal, ...patch };
  const gliding = Object.keys(goal).filter((key) => entry.syncOf(key) === "glide" && !still.matches && alike(from[key], goal[key]));
  const rest = Object.keys(goal).filter((key) => !gliding.includes(key));
  entry.goal = pick(goal, gliding);
  cancelAnimationFrame(entry.frame);
  if (rest.length) entry.put(pick(goal, rest));
  if (!gliding.length) return;
  const begun = performance.now();
  const step = (now) => {
    const part = Math.min(1, Math.max(0, (now - begun) / BLEND_MS));
    if (part === 1) entry.goal = {};
    else entry.frame = requestAnimationFrame(step);
    entry.put(Object.fromEntries(gliding.map((key) => [key, between(from[key], goal[key], part)])));
  };
  entry.frame = requestAnimationFrame(step);
}

const pick = (values, keys) => Object.fromEntries(keys.map((key) => [key, values[key]]));
const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
const alike = (a, b) =>
  (Number.isFinite(a) && Number.isFinite(b)) || (isNumbers(a) && isNumbers(b) && a.length === b.length);
const isNumbers = (value) => Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);

function between(a, b, part) {
  if (part === 1) return b;
  return Array.isArray(a) ? a.map((value, k) => between(value, b[k], part)) : a + (b - a) * part;
}
