/**
 * Darts thrown at p(x|z): the board, the pictures of all darts, and what they say together. A visitor throws alone, or a
 * class in a room, each member one.
 */

import { fetchBinary } from "../../engine/fetch.js";
import { loadModel } from "../../engine/model.js";
import { parseSafetensors } from "../../engine/safetensors.js";
import { createLoader, createReporter, mounting, reveal } from "../../shared/component.js";
import { button, h, setText } from "../../shared/dom.js";
import { count, plural } from "../../shared/format.js";
import { themeOf } from "../../shared/palette.js";
import { colourOf } from "../../shared/proposal_styles.js";
import { askForThrows, endThrows, listenForThrows } from "../../shared/room_darts.js";
import { createStore } from "../../shared/store.js";
import { readView, writeView } from "../../shared/view.js";
import { createBoard } from "./board.js";
import { AIMS, roundOf } from "./rounds.js";
import { createScore } from "./score.js";
import { createWall } from "./wall.js";

const STYLES = ["../../shared/base.css", "../main.css", "darts.css"];
const ROUNDS = [1, 10, 150]; // darts that one button throws

export default mounting(createDarts);

function createDarts(parent) {
  const store = createStore({ aim: AIMS[0], prior: 0, encoder: 0, throws: null, model: null, room: null, boardSize: 0, wallWidth: 0 });
  const { state } = store;
  const root = h("div.pad.darts", { hidden: true });
  store.derive(["rounds"], ["throws", "truth", "prior", "encoder"], (now) => ({
    rounds: now.throws && Object.fromEntries(AIMS.map((aim) => [aim, roundOf(now.throws[aim], now[aim], now.truth)])),
  }));
  const loader = createLoader({ load, adopt, failed: () => {} });
  const [bar, board, wall, score] = [createControls(store), createBoard(store), createWall(store), createScore(store)];
  root.append(bar.element, h("div.layout", {}, h("div.column", {}, loader.box, board.element), h("div.column", {}, score.verdict, wall.element)), score.element);
  store.on(["theme"], () => AIMS.forEach((name) => root.style.setProperty(`--${name}`, colourOf(name, state.theme))));
  const sheets = STYLES.map((name) => new URL(name, import.meta.url).href);
  const remove = reveal(parent, root, sheets, () => store.set({ theme: themeOf(root) }));
  const live = { name: "darts", of: ({ info }) => info.id, read: readView, take: adopt };
  const reporter = createReporter(store, { write: writeView, ready: ({ model, throws }) => model && throws, paints: () => wall.works(), live });
  const unlisten = listenForThrows(hear);
  let asked = ""; // the address of the throws

  function update(component) {
    reporter.to(component);
    const { data } = component;
    if (!data?.model) return;
    store.set({ theme: themeOf(root), xName: data.x, convention: data.convention, truth: data.truth });
    loader.follow(data);
    follow(data);
  }

  async function load(info, rawView, signal) {
    store.set({ ...readView(rawView, info), info, model: null });
    const model = await loadModel(info, { signal });
    if (!signal.aborted) store.set({ model });
  }

  function adopt(rawView) {
    store.set(readView(rawView, state.info));
  }

  async function follow({ throws: address }) {
    if (asked === address) return;
    asked = address;
    store.set({ throws: null });
    try {
      const { tensors } = parseSafetensors(await fetchBinary(address, "the throws"));
      if (asked === address) store.set({ throws: throwsOf(tensors), problem: null });
    } catch (error) {
      if (asked !== address) return;
      asked = "";
      store.set({ problem: error.message });
    }
  }

  /** What the room tells: while a round is open the page that leads shows the darts of the class; a member looks for the own one. */
  function hear(room) {
    if (room.mine !== null && state.room?.mine === null) board.element.scrollIntoView({ block: "center" });
    store.set({ room });
    if (!room.leads || !room.open || !state.info) return;
    const thrown = Math.min(room.count, state.info.fields[room.aim].most);
    if (state.aim !== room.aim || state[room.aim] !== thrown) store.set({ aim: room.aim, [room.aim]: thrown });
  }
  store.on(["model"], () => state.model && hear(state.room)); // a round that was open before the page was

  function stop() {
    unlisten();
    for (const part of [loader, reporter, board, wall]) part.stop();
    store.stop();
    remove();
  }
  return { update, stop };
}

/** @returns {Object} by aim: z [N*D], log p(x|z) [N], log w [N]; and q's mean and standard deviations [D] */
function throwsOf(tensors) {
  const each = (aim) => ({ z: tensors[`${aim}_z`].data, logPxZ: tensors[`${aim}_log_px_z`].data, logW: tensors[`${aim}_log_w`].data });
  return { mean: tensors.q_mean.data, sd: tensors.q_sd.data, ...Object.fromEntries(AIMS.map((aim) => [aim, each(aim)])) };
}

function createControls(store) {
  const { state } = store;
  const names = { prior: "At the prior p(z)", encoder: "Aimed by the encoder q(z|x)" };
  const aims = AIMS.map((aim) => button(names[aim], () => store.set({ aim }), { class: `chip ${aim}`, "aria-pressed": "false", "data-testid": `aim-${aim}` }));
  const most = () => state.info.fields[state.aim].most;
  const throwMore = (more) => store.set({ [state.aim]: Math.min(most(), state[state.aim] + more) });
  const throwers = ROUNDS.map((more) => button(`Throw ${more}`, () => throwMore(more), { "data-testid": `throw-${more}`, ...(more === 1 && { class: "primary" }) }));
  const again = button("Take them back", () => store.set({ [state.aim]: 0 }), { class: "quiet" });
  const letClass = button("Let the class throw", () => (store.set({ [state.aim]: 0 }), askForThrows(state.aim)), { class: "primary", "data-testid": "class-throws" });
  const end = button("End the round", endThrows);
  const said = h("span.unit", { role: "status", "data-testid": "class-thrown" });
  const element = h("div.bar", {}, h("div.chips", { role: "group", "aria-label": "Aim" }, ...aims),
    h("div.row", { role: "group", "aria-label": "Throw" }, ...throwers, again, letClass, end, said));

  store.on(["aim", ...AIMS, "model", "throws", "room"], () => {
    const { aim, model, throws, room } = state;
    const ready = !!(model && throws);
    const open = !!room?.open; // then each member throws one, and nobody throws alone
    aims.forEach((chip, k) => {
      chip.setAttribute("aria-pressed", String(AIMS[k] === aim));
      chip.hidden = open && AIMS[k] !== aim;
    });
    for (const each of throwers) Object.assign(each, { hidden: open, disabled: !ready || state[aim] >= most() });
    again.hidden = open;
    again.disabled = state[aim] === 0;
    letClass.hidden = !room?.leads || open;
    letClass.disabled = !ready;
    end.hidden = !room?.leads || !open;
    setText(said, open ? `${plural(room.count, "dart")} from the class so far` : ready && state[aim] >= most() ? `${count(most())} is the most` : "");
  });
  return { element };
}
