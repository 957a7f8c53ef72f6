/**
 * Presenter mode: show only the parts of one panel of the page, as large as the screen allows. No element is moved, so the
 * panels keep working. Keys: Page Down and Page Up turn, N and B press Next and Back of a lesson, Escape leaves.
 */

import { enlarge } from "../shared/canvas.js";
import { mounting } from "../shared/component.js";
import { h, setText } from "../shared/dom.js";

const POLL_MS = 500; // between two updates: parts of a panel appear when their data arrive
const KEYS = "Page Down and Page Up: panels · Esc: leave";
const LESSON_KEYS = "Page Down and Page Up: panels · N and B: the lesson's steps · Esc: leave";
const TURNS = { PageDown: 1, PageUp: -1 };
const STEPS = { n: "next", N: "next", b: "back", B: "back" };
const LESSON = ".st-key-lesson_panel";

export default mounting(createPresenter);

function createPresenter() {
  const title = h("strong");
  const place = h("span");
  const keys = h("span");
  const strip = h("div", { "data-presenter": true, role: "status" }, title, keys, place);
  const sheet = h("link", { rel: "stylesheet", href: new URL("present.css", import.meta.url).href });
  let panels = null;
  let current = 0;
  let component = null;
  let seen = "";
  document.head.append(sheet);
  document.body.append(strip);
  document.documentElement.dataset.presenting = "";
  const timer = setInterval(() => panels && look(), POLL_MS);
  addEventListener("keydown", press, { capture: true });
  addEventListener("resize", again);

  function update(next) {
    component = next;
    if (panels === null) current = Math.min(Math.max(0, next.data.first), Math.max(0, next.data.panels.length - 1));
    panels = next.data.panels;
    dress();
    look();
  }

  /** Copy the theme's colours and font to the strip, which is outside of the app. */
  function dress() {
    const { color, backgroundColor, fontFamily } = getComputedStyle(document.querySelector("[data-testid=stApp]") ?? document.body);
    Object.assign(strip.style, { color, backgroundColor, fontFamily });
  }

  const there = (n) => n < panels.length && elements(panels[n].parts.slice(0, 1)).length > 0;

  /** Show the panel as it is now, unless nothing has changed since. */
  function look() {
    const shown = there(current) ? current : panels.findIndex((_, n) => there(n));
    if (shown < 0) return showAll();
    const parts = elements(panels[shown].parts);
    const lesson = elements([LESSON]);
    const changed = keepOnly([...parts, ...lesson]);
    const now = [shown, ...parts.map((part) => Math.round(part.offsetHeight / 8))].join();
    if (changed || now !== seen) fit(parts);
    seen = [shown, ...parts.map((part) => Math.round(part.offsetHeight / 8))].join();
    setText(keys, lesson.length ? LESSON_KEYS : KEYS);
    setText(title, panels[shown].title);
    setText(place, `${shown + 1} of ${panels.length}`);
  }

  /** Show the whole page, enlarged: it has no panels, or none yet. */
  function showAll() {
    keepAll();
    fit([]);
    for (const words of [title, place]) setText(words, "");
    setText(keys, "Esc: leave");
    seen = "";
  }

  function fit(parts) {
    for (const root of roots()) adopt(root);
    enlarge(fitted(parts, strip.offsetHeight)); // canvases repaint when their size changes
  }

  function again() {
    seen = "";
    if (panels) look();
  }

  function turn(by) {
    for (let n = current + by; n >= 0 && n < panels.length; n += by) {
      if (!there(n)) continue;
      current = n;
      scrollTo(0, 0);
      return again();
    }
  }

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !panels) return;
    const writes = event.composedPath()[0]?.matches?.("input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea");
    if (event.key in TURNS && title.textContent) turn(TURNS[event.key]);
    else if (event.key in STEPS && !writes) document.querySelector(`.st-key-lesson_${STEPS[event.key]} button`)?.click();
    else if (event.key === "Escape") component.setTriggerValue("leave", true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function stop() {
    clearInterval(timer);
    removeEventListener("keydown", press, { capture: true });
    removeEventListener("resize", again);
    keepAll();
    delete document.documentElement.dataset.presenting;
    enlarge(1);
    for (const name of ["--present-zoom", "--present-room", "--present-height"]) document.documentElement.style.removeProperty(name);
    for (const element of [strip, sheet, ...roots().map((root) => root.querySelector("style[data-presenting]"))]) element?.remove();
  }
  return { update, stop };
}

/** Add the style rules of presenter mode to the shadow root of a component. */
function adopt(root) {
  if (root === document || root.querySelector("style[data-presenting]")) return;
  const sheet = h("style", { "data-presenting": true });
  sheet.textContent = `
    [data-aside] { display: none !important; }
    [data-alone] { display: block !important; }
    .plane { width: min(100%, var(--present-room)) !important; margin-inline: auto; }
    .decoded figure .pixels { width: min(100%, calc(var(--present-height) * 0.44)) !important; }
    .frame-row .pixels { width: min(100%, calc(var(--present-height) * 0.2)); }
    .clock, .scrubber { position: static !important; }
    @container pad (max-width: 600px) { .decoded { grid-template-columns: minmax(0, 1fr) !important; position: static !important; } }
  `;
  root.append(sheet);
}

const LINES = 600; // CSS pixels of height at the least zoom: text of 15 is a fortieth of the screen's height
const MOST = 2; // times the least zoom
const MARGIN = 24; // above and below, in CSS pixels of the screen
const HALVINGS = 5;
const SHARES = [1, 0.9, 0.8, 0.7, 0.6, 0.5]; // of the room's height that a plane may take where the panel has more to show

/**
 * Sets the zoom, and the room that a plane may take, on the page.
 * @param {HTMLElement[]} parts  of the panel
 * @param {number} foot  height of what stands at the foot of the screen
 * @returns {number} the zoom
 */
function fitted(parts, foot) {
  const least = Math.max(1, innerHeight / LINES);
  const room = innerHeight - foot - 2 * MARGIN;
  const page = document.documentElement.style;
  const fits = (zoom, share) => {
    page.setProperty("--present-zoom", zoom);
    page.setProperty("--present-height", `${(room / zoom).toFixed(1)}px`);
    page.setProperty("--present-room", `${((share * room) / zoom).toFixed(1)}px`);
    const boxes = parts.map((part) => part.getBoundingClientRect()).filter((box) => box.height);
    return Math.max(...boxes.map((box) => box.bottom)) - Math.min(...boxes.map((box) => box.top)) <= room;
  };
  const share = SHARES.find((part) => fits(least, part));
  if (!parts.length || !share) return fits(least, SHARES[0]), least; // the page scrolls
  let [low, high] = [least, MOST * least];
  for (let n = 0; n < HALVINGS; n++) {
    const middle = (low + high) / 2;
    if (fits(middle, share)) low = middle;
    else high = middle;
  }
  fits(low, share);
  return low;
}

const ASIDE = "data-aside";
const ALONE = "data-alone"; // on an element whose siblings are all hidden
const FIXED = "link, style, script, template";
const TABLE = "table, thead, tbody, tr"; // which are laid out as such, however little is left of them

/** The document, and the shadow roots of its components. */
function roots(root = document) {
  const found = [root];
  for (const element of root.querySelectorAll("*")) if (element.shadowRoot) found.push(...roots(element.shadowRoot));
  return found;
}

/** The elements of these selectors that their page shows, in the order of the selectors. */
function elements(selectors) {
  const all = roots();
  return selectors.flatMap((selector) => all.flatMap((root) => [...root.querySelectorAll(selector)])).filter(isShown);
}

function isShown(element) {
  for (let node = element; node; node = node.parentElement ?? node.getRootNode().host) {
    if (node.hidden || node.classList.contains("off")) return false;
  }
  return true;
}

/**
 * Keep these elements and their ancestors visible, and hide the rest of the app.
 * @returns {boolean} whether anything had to be changed
 */
function keepOnly(parts) {
  const path = new Set(parts);
  for (const part of parts) for (let node = part; (node = node.parentNode ?? node.host) && node.id !== "root"; ) path.add(node);
  for (const node of path) if (node.localName === "details" && !node.open) node.open = true;
  const aside = new Set();
  const alone = new Set();
  for (const node of path) {
    if (parts.includes(node)) continue;
    const children = [...node.children].filter((child) => !child.matches(FIXED));
    const kept = children.filter((child) => path.has(child));
    for (const child of children) if (!path.has(child)) aside.add(child);
    if (kept.length === 1 && node.matches?.(`:not(${TABLE})`)) alone.add(node);
  }
  return [markOnly(ASIDE, aside), markOnly(ALONE, alone)].some(Boolean);
}

function keepAll() {
  for (const name of [ASIDE, ALONE]) markOnly(name, new Set());
}

function markOnly(name, wanted) {
  let changed = false;
  for (const root of roots()) {
    for (const element of root.querySelectorAll(`[${name}]`)) {
      if (wanted.has(element)) continue;
      element.removeAttribute(name);
      changed = true;
    }
  }
  for (const element of wanted) {
    if (element.hasAttribute(name)) continue;
    element.setAttribute(name, "");
    changed = true;
  }
  return changed;
}
