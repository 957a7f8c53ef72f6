/**
 * Presenter mode. Of the page only the parts of one panel are left, as large as the screen allows; nothing is moved, so
 * the panels live on. Keys: Page Down and Page Up turn, N and B press Next and Back of a lesson, Escape leaves.
 */

import { mounting } from "../shared/component.js";
import { h, setText } from "../shared/dom.js";
import { enlarge } from "../shared/pixel_ratio.js";
import { fitted } from "./fit_zoom.js";
import { elements, keepOnly, keepAll, roots } from "./panels.js";

const LOOK_MS = 500; // parts are made as data arrive, so the page is looked at again
const KEYS = "Page Down and Page Up: panels · Esc: leave";
const LESSON_KEYS = "Page Down and Page Up: panels · N and B: the lesson's steps · Esc: leave";
const TURNS = { PageDown: 1, PageUp: -1 };
const STEPS = { n: "next", N: "next", b: "back", B: "back" };
const LESSON = ".st-key-lesson_panel";

export default mounting(create);

function create() {
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
  const timer = setInterval(() => panels && look(), LOOK_MS);
  addEventListener("keydown", press, { capture: true });
  addEventListener("resize", again);

  function update(next) {
    component = next;
    if (panels === null) current = Math.min(Math.max(0, next.data.first), Math.max(0, next.data.panels.length - 1));
    panels = next.data.panels;
    dress();
    look();
  }

  /** The strip stands outside of the app, so it is given the theme's colours and letters. */
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

  /** A page without panels, or before there is one: large, and as it is. */
  function showAll() {
    keepAll();
    fit([]);
    for (const words of [title, place]) setText(words, "");
    setText(keys, "Esc: leave");
    seen = "";
  }

  function fit(parts) {
    for (const root of roots()) adopt(root);
    enlarge(fitted(parts, strip.offsetHeight)); // canvases are painted anew as their sizes change
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

/** The rules that hold inside a component too. */
function adopt(root) {
  if (root === document || root.querySelector("style[data-presenting]")) return;
  const sheet = h("style", { "data-presenting": true });
  sheet.textContent = `
    [data-aside] { display: none !important; }
    [data-alone] { display: block !important; }
    .plane { width: min(100%, var(--present-room)) !important; margin-inline: auto; }
    .decoded figure .pixels { width: min(100%, calc(var(--present-height) * 0.44)) !important; }
    .clock, .scrubber { position: static !important; }
    @container pad (max-width: 600px) { .decoded { grid-template-columns: minmax(0, 1fr) !important; position: static !important; } }
  `;
  root.append(sheet);
}
