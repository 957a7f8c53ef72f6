/** The timeline: a slider over the saved snapshots that moves the curves' cursor, the map and the pictures together. */

import { button, download, h, iconButton, setText } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { createPlayButton } from "../shared/play_button.js";
import { snapshotAt, toCsv } from "./records.js";
import { makeTrainingGif } from "./training_gif.js";

const NEWEST = "M5 4l7 6l-7 6ZM15 4v12";
const FRAME_MS = 220; // of play, when the pictures come in time

export function createTimeline(store) {
  const { state } = store;
  let timer = 0;
  let begun = false;
  const slider = h("input", { type: "range", min: "0", value: "0", step: "1", "aria-label": "Saved moment of the training", "data-testid": "moment", oninput: () => go(Number(slider.value), false) });
  const { element: play, show } = createPlayButton("Play the training", toggle, { "data-testid": "play" });
  const newest = iconButton(NEWEST, "Back to the newest moment", () => store.set({ step: null, playing: false }), { "data-testid": "newest" });
  const words = h("span.when", { "data-testid": "when" });
  const film = button("↓ GIF", saveFilm, { class: "quiet", title: "The training as an animated GIF", "data-testid": "save-gif" });
  const csv = button("↓ CSV", saveCsv, { class: "quiet", title: "The curves as numbers", "data-testid": "save-csv" });
  const element = h("section.scrubber", { "aria-label": "Time machine", hidden: true }, play, slider, newest, words, h("span.saves", {}, film, csv));

  const snapshots = () => (state.run ? state.records.snapshots(state.run) : []);
  const index = () => snapshots().indexOf(snapshotAt(snapshots(), state.step));

  function go(n, playing) {
    const all = snapshots();
    const end = n >= all.length - 1;
    store.set({ step: end ? null : all[n]?.step ?? null, playing: playing && !end });
  }

  function toggle() {
    if (state.playing) return store.set({ playing: false });
    if (snapshots().length < 2) return;
    const at = index();
    store.set({ step: snapshots()[at >= snapshots().length - 1 ? 0 : at].step, playing: true });
    timer = setTimeout(next, FRAME_MS);
  }

  /** The next snapshot, as soon as this one is painted. */
  function next() {
    clearTimeout(timer);
    if (!state.playing) return;
    if (state.mapBusy) return void (timer = setTimeout(next, 40));
    go(index() + 1, true);
    timer = setTimeout(next, FRAME_MS);
  }

  /** The shipped training is a film: it plays once by itself, unless the visitor wants less motion. */
  function playShipped() {
    const { run, step, snapshotFacts } = state;
    if (begun || !snapshotFacts || !state.records.status(run)?.shipped) return;
    begun = true;
    if (step === null && !matchMedia("(prefers-reduced-motion: reduce)").matches) toggle();
  }

  async function saveFilm() {
    film.disabled = true;
    try {
      download(await makeTrainingGif(state, (progress) => setText(film, progress)), `${state.run}.gif`);
    } catch (error) {
      store.set({ problem: `The film could not be made: ${error.message}` });
    }
    film.disabled = false;
    setText(film, "↓ GIF");
  }

  function saveCsv() {
    download(new Blob([toCsv(state.records.lines(state.run))], { type: "text/csv" }), `${state.run}.csv`);
  }

  store.on(["snapshotFacts", "run", "saved", "status"], playShipped); // whichever comes last
  store.on(["run", "saved", "step", "playing", "status"], () => {
    const all = snapshots();
    element.hidden = all.length < 2;
    if (element.hidden) return;
    film.hidden = !!state.records.status(state.run)?.no_map;
    const at = index();
    slider.max = String(all.length - 1);
    slider.value = String(at);
    newest.disabled = state.step === null;
    show(state.playing);
    const live = state.step === null && !state.records.status(state.run)?.ended;
    const text = `step ${count(all[at].step)}${live ? ", live" : ""}`;
    slider.setAttribute("aria-valuetext", `${text}, moment ${at + 1} of ${all.length}`);
    setText(words, `${text} · moment ${at + 1} of ${all.length}`);
  });
  return { element, stop: () => clearTimeout(timer) };
}
