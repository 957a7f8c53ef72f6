/**
 * The player of all paths at once: play, scrub, loop, speed, and the number of frames; its bar stays in sight at the foot of
 * the page.
 */

import { fillOptions, h, iconButton, select, setText } from "../shared/dom.js";
import { createPlayButton } from "../shared/play_button.js";
import { readyKinds } from "./path_kinds.js";

const LOOP = "M15 6a6.5 6.5 0 1 0 1.5 5M15.5 2.5V6.5H11.5";

/** A bar that stays in sight, and the rest for another place. */
export function createPlayer(store) {
  const { state } = store;
  let request = 0;
  let began = null; // the time at which frame 0 would have been shown, by the browser's own frames
  const slider = h("input", { type: "range", min: "0", step: "1", value: "0", "aria-label": "Frame", "data-testid": "scrub", oninput: () => scrub() });
  const { element: play, show } = createPlayButton("Play", toggle, { class: "icon play", "data-testid": "play" });
  const name = h("span", {}, "Play");
  play.append(name);
  const loop = iconButton(LOOP, "Loop", () => store.set({ loop: 1 - state.loop }), { class: "icon loop", "data-testid": "loop" });
  loop.append(h("span", {}, "Loop"));
  const speed = select("Speed", [], (value) => store.set({ speed: Number(value) }), { "data-testid": "speed" });
  const words = h("span.when", { "data-testid": "when" });
  const frames = h("input.number-field", { type: "number", min: "2", "data-testid": "frames", onchange: () => resize(Number(frames.value)) });
  loop.title = "Play again and again";
  const bar = h("section.clock", { "aria-label": "Clock" }, play, slider, words, loop);
  const more = h("div.row.clock-more", {}, speed.element, h("label.select", {}, h("span", {}, "Frames"), frames));

  function scrub() {
    store.set({ frame: Number(slider.value), playing: false });
  }

  function toggle() {
    if (state.playing) return store.set({ playing: false });
    if (!readyKinds(state).length) return;
    store.set({ frame: state.frame >= state.frames - 1 ? 0 : state.frame, playing: true });
    began = null;
    request = requestAnimationFrame(tick);
  }

  /** The frame that the time says: a slow machine leaves some out, and none is shown late. */
  function tick(now) {
    if (!state.playing) return;
    if (!readyKinds(state).length) return store.set({ playing: false });
    began ??= now - (1000 * state.frame) / state.speed;
    const at = Math.round(((now - began) * state.speed) / 1000); // in step with the screen: a frame that is a little late is not left out
    if (at >= state.frames && !state.loop) return store.set({ frame: state.frames - 1, playing: false });
    const frame = Math.max(0, at) % state.frames;
    if (frame !== state.frame) store.set({ frame });
    request = requestAnimationFrame(tick);
  }

  /** Another number of frames; the clock stays at the same part of the way. */
  function resize(count) {
    const most = state.info.fields.frames.most;
    const next = Number.isFinite(count) ? Math.min(most, Math.max(2, Math.round(count))) : state.frames;
    const frame = Math.round((state.frame * (next - 1)) / (state.frames - 1));
    store.set({ frames: next, frame, playing: false });
  }

  store.on(["info"], () => {
    fillOptions(speed, state.info.fields.speed.options.map((value) => [value, `${value} a second`]));
    frames.max = state.info.fields.frames.most;
  });
  store.on(["info", "speed"], () => {
    speed.list.value = state.speed;
    began = null;
  });
  store.on(["info", "loop"], () => loop.setAttribute("aria-pressed", String(!!state.loop)));
  store.on(["frame", "frames", "paths", "playing"], () => {
    if (!state.frames) return;
    slider.max = state.frames - 1;
    slider.value = state.frame;
    frames.value = state.frames;
    setText(words, `frame ${state.frame + 1} of ${state.frames}`);
    if (!state.playing) slider.setAttribute("aria-valuetext", words.textContent);
    slider.disabled = play.disabled = !readyKinds(state).length;
  });
  store.on(["playing"], () => {
    show(state.playing);
    setText(name, play.title);
  });
  return { bar, more, stop: () => cancelAnimationFrame(request) };
}

const SHEET = ".st-key-lesson_panel";

/**
 * Keeps the bar above the sheet of a lesson, where that lies across the whole window.
 * Sets --foot of `root`: how much of the foot of the window is covered. `look` finds the sheet that is there now.
 */
export function createStickyFooter(root) {
  let sheet = null;
  const observer = new ResizeObserver(() => {
    const { width, height } = sheet.getBoundingClientRect();
    root.style.setProperty("--foot", `${width < innerWidth - 1 ? 0 : height}px`);
  });

  function look() {
    const found = document.querySelector(SHEET);
    if (found === sheet) return;
    observer.disconnect();
    sheet = found;
    if (sheet) observer.observe(sheet);
    else root.style.removeProperty("--foot");
  }
  return { look, stop: () => observer.disconnect() };
}
