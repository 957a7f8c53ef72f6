/**
 * Presenter mode. Of the page only the parts of one panel are left, as large as the screen allows; nothing is moved, so
 * the panels live on. Keys: Page Down and Page Up turn, N and B are the next step of a lesson and the one before, Escape
 * leaves. A lesson hears "vae-lab-lesson" on the window, with +1 or -1 as its detail.
 */

import { h, setText } from "../../latent_pad/static/dom.js";
import { enlarge } from "../../latent_pad/static/enlarged.js";
import { mounting } from "../../latent_pad/static/mounting.js";
import { elements, keepOnly, keepAll, roots } from "./panels.js";
import { fitted } from "./fitting.js";

const LOOK_MS = 500; // parts are made as data arrive, so the page is looked at again
const KEYS = "Page Down and Page Up: panels · N and B: steps of a lesson · Esc: leave";
const TURNS = { PageDown: 1, PageUp: -1 };
const STEPS = { n: 1, N: 1, b: -1, B: -1 };

export default mounting(create);

function create() {
  const title = h("strong");
  const place = h("span");
  const strip = h("div", { "data-presenter": true, role: "status" }, title, h("span", {}, KEYS), place);
  const sheet = h("link", { rel: "stylesheet", href: new URL("present.css", import.meta.url).href });
  let panels = null;
  let current = 0;
  let component = null;
  let seen = "";
  document.head.append(sheet);
  document.body.append(strip);
  document.documentElement.dataset.presenting = "";
  const timer = setInterval(look, LOOK_MS);
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

  const there = (n) => elements(panels[n].parts).length > 0;

  /** Show the panel as it is now, unless nothing has changed since. */
  function look() {
    if (!panels?.length) return fit([]);
    const shown = there(current) ? current : panels.findIndex((_, n) => there(n));
    if (shown < 0) return;
    const parts = elements(panels[shown].parts);
    const changed = keepOnly(parts);
    const now = [shown, ...parts.map((part) => Math.round(part.offsetHeight / 8))].join();
    if (changed || now !== seen) fit(parts);
    seen = [shown, ...parts.map((part) => Math.round(part.offsetHeight / 8))].join();
    setText(title, panels[shown].title);
    setText(place, `${shown + 1} of ${panels.length}`);
  }

  function fit(parts) {
    for (const root of roots()) adopt(root);
    enlarge(fitted(parts, strip.offsetHeight)); // canvases are painted anew as their sizes change
  }

  function again() {
    seen = "";
    look();
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
    if (event.key in TURNS && panels.length) turn(TURNS[event.key]);
    else if (event.key in STEPS && !writes) dispatchEvent(new CustomEvent("vae-lab-lesson", { detail: STEPS[event.key] }));
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
    for (const name of ["--present-zoom", "--present-room"]) document.documentElement.style.removeProperty(name);
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
  `;
  root.append(sheet);
}
