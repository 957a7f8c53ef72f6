/**
 * What the components of a page and a room say to each other. There is one copy of this for the whole page, because a
 * module is loaded once. A leading page is read ten times a second; a following one takes what arrives into its stores:
 * no rerun, no entry in the history, nothing told to Python.
 */

import { throttle } from "./dom.js";

const PACE_MS = 100; // between two views that are sent
const BLEND_MS = 120; // over which a number goes to where it was sent: until about the next one
const still = matchMedia("(prefers-reduced-motion: reduce)");

const components = new Map(); // those on the page now, by name
let mode = "alone"; // or "lead" or "follow"
let shown = {}; // what the teacher's components show, by name: {of, view}
let tell = () => {};
const tellSoon = throttle(() => tell(), PACE_MS);

/**
 * Make a component one that leads and follows.
 * @param {string} name  the same on every page that shows it
 * @param {{of: () => string | null, read: () => Object, take: (view: Object) => void, put: (patch: Object) => void,
 *   syncOf: (key: string) => "view" | "field" | "glide", left: () => void}} component
 *   `of` is the id of its model, "" if it has none, null as long as there is nothing to show; `read` is the view, complete;
 *   `take` takes over a whole view and `put` only fields whose `syncOf` is "field", or "glide": numbers that may go there
 *   in steps; `left` is called when the visitor stops following
 */
export function createLive(name, component) {
  const entry = { ...component, taken: null, taking: false, goal: {}, frame: 0 };
  components.set(name, entry);
  return {
    /** After each frame; `moved` says whether the view may have changed. */
    painted(moved) {
      if (mode === "lead" && moved) tellSoon();
      else if (mode === "follow" && !entry.taken) take(entry, shown[name]);
    },
    /** Another view has come from elsewhere: the teacher's is taken again once it is there. */
    given: () => entry.taking || (entry.taken = null),
    follows: () => mode === "follow",
    stop() {
      cancelAnimationFrame(entry.frame);
      if (components.get(name) === entry) components.delete(name);
    },
  };
}

/** @returns {Object<string, {of: string, view: Object}>} what the page's components show */
export function readParts() {
  const there = [...components].map(([name, entry]) => [name, entry, entry.of()]).filter(([, , of]) => of !== null);
  return Object.fromEntries(there.map(([name, entry, of]) => [name, { of, view: entry.read() }]));
}

/** The model that a component of this page shows; undefined where there is none or it is still loading. */
export const modelOf = (name) => components.get(name)?.of() ?? undefined;

/** Whether any component of this page shows a model. */
export const showsModel = () => [...components.values()].some((entry) => entry.of());

/** Tell of every change from now on: `send` is called at most ten times a second. */
export function lead(send) {
  become("lead");
  tell = send;
}

/** Show what the teacher's components show. */
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
  tell = () => {};
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

/** Put fields where they should be: numbers step by step, so that the picture glides between two messages. */
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
