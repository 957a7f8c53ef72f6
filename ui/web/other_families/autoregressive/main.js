/**
 * An autoregressive model: a picture is written pixel by pixel, each with its probability given those before; log p(x) is a
 * sum. One pixel turned over changes all that follow. There is no z.
 */

import { h } from "../../shared/dom.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { fetchWhenOpened } from "../fetch_when_opened.js";
import { createAverages } from "./averages.js";
import { createFacts } from "./facts.js";
import { createPage } from "./picture.js";
import { createRunningSum } from "./running_sum.js";
import { fetchWriters } from "./weights.js";
import { writeDown } from "./writing.js";

export function createAutoregressive(store) {
  const { state } = store;
  fetchWhenOpened(store, "autoregressive", "writers", fetchWriters);
  store.derive(["written"], ["writers", "writer", "order", "picture", "draw", "pixel", "flip"], () => ({ written: writtenOf(state) }));
  const parts = [createPage(store), createRunningSum(store), createFacts(store), createAverages(store)];
  const [page, sum, facts, averages] = parts.map((part) => part.element);
  const element = h("div.chapter.autoregressive", { hidden: true },
    h("div.families-layout", {},
      h("div.column", {}, page),
      h("div.column", {}, facts, sum)),
    h("div.families-layout", {},
      h("div.column", {}, averages),
      h("div.column", {}, createExplanations(store, ["autoregressive"]))));
  return { element, stop: () => parts.forEach((part) => part.stop?.()) };
}

function writtenOf({ writers, writer, order, picture, draw, pixel, flip }) {
  if (!writers) return null;
  const given = picture ? writers.pictures[picture - 1] : null;
  return writeDown(writers.models[writer], { given, order, draw, pixel: pixel - 1, flip: !!flip });
}
