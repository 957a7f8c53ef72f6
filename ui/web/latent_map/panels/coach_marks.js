/**
 * Three things to try, one after another, at the lower edge of the plane: shown until each was done once, or closed. Then
 * the way to the first lesson, until it is taken or closed.
 */

import { button, h } from "../../shared/dom.js";

const KEY = "vae-lab-coach-marks";
const STEPS = [
  { words: "1 of 3 · Drag anywhere: the picture follows.", done: ({ touched }) => !!touched },
  { words: "2 of 3 · Click a dot: see how sure the encoder is of that picture.", done: ({ x }) => x !== null },
  { words: "3 of 3 · Draw a picture of your own, below the decoded one.", done: ({ drawing }) => !!drawing },
  { words: "How does it do that? ", link: ["lessons", "Lesson 1 takes four minutes"], done: () => false },
];

export function createCoachMarks(store) {
  const { state } = store;
  const words = h("span");
  const close = button("×", () => go(STEPS.length), { class: "quiet", "aria-label": "Close the hints", title: "Close the hints" });
  const element = h("div.coach", { hidden: true, "data-testid": "coach" }, words, close);
  let step = readStep();

  function go(next) {
    step = next;
    try {
      localStorage.setItem(KEY, String(step));
    } catch {
      // without storage the hints come again with the next page
    }
    show();
  }

  function linkOf({ link }) {
    return link ? [h("a", { href: link[0], onclick: () => go(STEPS.length) }, link[1])] : [];
  }

  function show() {
    element.hidden = !state.guided || step >= STEPS.length || !state.codes || !!state.tool;
    if (step < STEPS.length) words.replaceChildren(STEPS[step].words, ...linkOf(STEPS[step]));
  }

  store.on(["touched", "x", "drawing", "codes", "tool", "guided"], () => {
    let next = step;
    if (state.guided) while (next < STEPS.length && STEPS[next].done(state)) next += 1;
    if (next === step) show();
    else go(next);
  });
  return { element };
}

function readStep() {
  try {
    return Math.min(STEPS.length, Math.max(0, Math.trunc(Number(localStorage.getItem(KEY))) || 0));
  } catch {
    return 0;
  }
}
