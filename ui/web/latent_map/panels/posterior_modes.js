/**
 * The modes of p(z|x): searched for by the server when asked, each a picture that one can go to, and a mark on the plane.
 * `state.modes` is what ui/pages/latent_map/posterior_modes.py gives, null before and for another x.
 */

import { button, h, setText } from "../../shared/dom.js";
import { fixed } from "../../shared/format.js";
import { createPicture } from "../../shared/picture.js";

const FEW = 0.1; // the share at modes that one search found, from which the page warns of more

export function createPosteriorModes(store) {
  const { state } = store;
  let waiting = null; // the search under way: an AbortController
  const search = button("Find the modes of p(z|x)", find, { title: "Climb to every z from which p(x|z) p(z) falls on all sides. Takes about a second" });
  const cancel = button("Cancel", stop, { class: "quiet", hidden: true });
  const words = h("p", { role: "status", "data-testid": "modes-words" });
  const note = h("p.note");
  const list = h("div.thumbs", { role: "group", "aria-label": "Modes of p(z|x)", "data-testid": "modes" });
  const element = h("section.part", { "aria-label": "Modes of the posterior" }, h("div.row", {}, search, cancel), words, list, note);

  async function find() {
    stop();
    const mine = (waiting = new AbortController());
    show();
    try {
      const modes = await ask(state.info.modes, state.input, mine.signal);
      if (mine === waiting) store.set({ modes });
    } catch (error) {
      if (mine === waiting) setText(words, error.message);
    } finally {
      if (mine === waiting) waiting = null;
      show();
    }
  }

  function stop() {
    waiting?.abort();
    waiting = null;
    show();
  }

  function show() {
    search.disabled = !!waiting;
    cancel.hidden = !waiting;
    if (waiting) setText(words, "Searching from 64 starts…");
    else if (words.textContent.startsWith("Searching")) setText(words, "");
  }

  store.on(["input", "model", "info"], () => {
    stop();
    setText(words, "");
    if (state.modes) store.set({ modes: null });
    element.hidden = !state.info?.modes || !state.input; // without a server there is nobody to search
  });
  store.on(["modes", "model"], () => {
    const { modes } = state;
    search.hidden = !!modes;
    const thumbs = modes && state.model ? modes.modes.map((mode, k) => thumb(store, mode, k)) : [];
    list.replaceChildren(...thumbs);
    if (modes) setText(words, whatTheEncoderKnows(modes));
    setText(note, modes ? noteOf(modes) : "");
  });
  return { element, stop };
}

function thumb(store, { z, share, searches, knows }, k) {
  const { model } = store.state;
  const picture = createPicture(`Mode ${k + 1}, decoded`);
  picture.show(model.decode(Float32Array.from(z)), model.imageShape);
  const text = `${k + 1}: ${percent(share)}`;
  const title = `Mode ${k + 1}: ${percent(share)} of p(z|x), found by ${searches} of the searches${knows ? "; the encoder knows it" : ""}. Go there`;
  return h("button.thumb.mode", { type: "button", title, "aria-label": title, onclick: () => store.set({ z: z.slice(), touched: true }) },
    picture.canvas, h("span", {}, text), knows && h("strong", {}, "q is here"));
}

const percent = (share) => (share < 0.01 ? "< 1 %" : `${fixed(100 * share, 0)} %`);

function whatTheEncoderKnows({ modes }) {
  const known = modes.findIndex(({ knows }) => knows);
  if (modes.length === 1) {
    return known === 0 ? "There is one mode, and the encoder knows it." : "There is one mode, and the encoder does not know it: the mean of q is far from it.";
  }
  if (known < 0) return `The encoder knows none of the ${modes.length} modes: the mean of q is near none of them.`;
  return `The encoder knows one of ${modes.length} modes: mode ${known + 1}, with ${percent(modes[known].share)} of p(z|x).`;
}

function noteOf({ searched, single }) {
  const more = single > FEW ? ` Modes that one search alone found hold ${percent(single)}: there are probably more.` : "";
  return `A mode is a z where p(z|x) has a local maximum. ${searched} of 64 searches ended at these; the percentages are shares of p(z|x).${more}`;
}

async function ask(address, input, signal) {
  const bytes = Uint8Array.from(input, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
  let response = null;
  try {
    response = await fetch(new URL(address, document.baseURI), { method: "POST", body: bytes, signal });
    if (response.ok) return await response.json();
  } catch (error) {
    throw new Error("The modes could not be asked for: the connection to the server failed. Try again.", { cause: error });
  }
  throw new Error((await response.text()).slice(0, 300) || `The modes could not be asked for: the server answered ${response.status}.`);
}
