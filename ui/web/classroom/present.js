/**
 * Presenter mode: show only the parts of one panel of the page, as large as the screen allows. No element is moved, so
 * the panels keep working. Keys: Page Down and Page Up turn, N and B press Next and Back of a lesson, Escape leaves.
 * Without presenter mode F shows the panel that has the focus. The browser's link names the panel, from 1.
 */

import { mounting } from "../shared/component.js";
import { h, setText } from "../shared/dom.js";
import { createPanelLayout, elements } from "./panel_layout.js";

const POLL_MS = 500; // between two updates: parts of a panel appear when their data arrive
const KEYS = "Page Down and Page Up: panels · Esc: leave";
const LESSON_KEYS = "Page Down and Page Up: panels · N and B: the lesson's steps · Esc: leave";
const TURNS = { PageDown: 1, PageUp: -1 };
const STEPS = { n: "next", N: "next", b: "back", B: "back" };
const LESSON = ".st-key-lesson_panel";
const WRITES = "input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select";
const FIELD = "present"; // of the link
let current = null; // number of the shown panel among those that exist, from 0; null without presenter mode. Mounts share it
// The number in the link, from 1, 0 for none, that a run of Python may not know, since it began before: it writes an older one.
let told = null;

export default mounting(createPresenter);

function createPresenter() {
  const title = h("strong");
  const place = h("span");
  const keys = h("span");
  const strip = h("div", { "data-presenter": true, role: "status" }, title, keys, place);
  const sheet = h("link", { rel: "stylesheet", href: new URL("present.css", import.meta.url).href });
  const layout = createPanelLayout();
  let panels = [];
  let timer = 0;
  document.head.append(sheet);
  addEventListener("keydown", press, { capture: true });
  addEventListener("popstate", follow); // Back and Forward say more than the last key

  function update({ data }) {
    panels = data.panels;
    if (data.present === told) told = null;
    keep();
    if (!numberInLink()) leave();
    else if (strip.isConnected) look();
    else if (current !== null || data.present) enter(current ?? data.present - 1);
  }

  function enter(n) {
    current = n;
    document.body.append(strip);
    addEventListener("resize", again);
    timer = setInterval(look, POLL_MS);
    look();
  }

  function leave() {
    current = null;
    takeAway();
  }

  function takeAway() {
    if (!strip.isConnected) return;
    clearInterval(timer);
    removeEventListener("resize", again);
    strip.remove();
    delete document.documentElement.dataset.presenting;
    layout.remove();
  }

  /** Show the panel as it is now, unless nothing has changed; the whole page where it has no panels, or none yet. */
  function look() {
    keep();
    const found = existing();
    const shown = Math.min(current, found.length - 1);
    const lesson = elements(LESSON);
    document.documentElement.dataset.presenting = ""; // also where a mount before this one has just left
    dress();
    layout.show(found[shown], lesson, strip.offsetHeight);
    setText(keys, !found.length ? "Esc: leave" : lesson.length ? LESSON_KEYS : KEYS);
    setText(title, found[shown]?.title ?? "");
    setText(place, found.length ? `${shown + 1} of ${found.length}` : "");
  }

  /** The panels whose first part the page shows now. */
  const existing = () => panels.filter(({ parts: [first] }) => elements(first).length);

  /** Copy the theme's colours and font to the strip, which is outside of the app. */
  function dress() {
    const app = document.querySelector("[data-testid=stApp]") ?? document.body;
    const { color, backgroundColor, fontFamily } = getComputedStyle(app);
    Object.assign(strip.style, { color, backgroundColor, fontFamily });
  }

  function again() {
    layout.forget();
    look();
  }

  /** Show panel n, and say so in the link. */
  function turn(n) {
    const last = existing().length - 1;
    if (n < 0 || n > last) return;
    const entering = current === null;
    current = n;
    tell(n + 1);
    if (entering) enter(n);
    scrollTo(0, 0);
    again();
  }

  /** Show the panel in which a key was pressed, if there is one. */
  function showPanelOf(path) {
    const holds = (part) => elements(part).some((element) => path.includes(element));
    const n = existing().findIndex(({ parts }) => parts.some(holds));
    if (n >= 0) turn(n);
    return n >= 0;
  }

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const path = event.composedPath();
    const writes = path[0]?.matches?.(WRITES);
    if (current === null) {
      if (!["f", "F"].includes(event.key) || writes || !showPanelOf(path)) return;
    } else if (event.key in TURNS && existing().length) {
      turn(Math.min(current, existing().length - 1) + TURNS[event.key]);
    } else if (event.key in STEPS && !writes) {
      document.querySelector(`.st-key-lesson_${STEPS[event.key]} button`)?.click();
    } else if (event.key === "Escape") {
      tell(0);
      leave();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The number of the panel in the link, from 1; 0 where it names none. */
  const numberInLink = () => Number(new URLSearchParams(location.search).get(FIELD));

  function follow() {
    told = null;
  }

  /** Write the panel's number into the link, which each run of Python begins with. 0 takes it out. */
  function tell(number) {
    told = number;
    keep();
  }

  /** See to it that the link has the number that it was told. */
  function keep() {
    if (told === null || told === numberInLink()) return;
    const url = new URL(location.href);
    if (told) url.searchParams.set(FIELD, told);
    else url.searchParams.delete(FIELD);
    history.replaceState(history.state, "", url);
  }

  function stop() {
    takeAway();
    removeEventListener("popstate", follow);
    removeEventListener("keydown", press, { capture: true });
    sheet.remove();
  }
  return { update, stop };
}
