/** Rate, distortion and ELBO of the chosen x, right under the decoded picture. */

import { kl } from "../../engine/gaussian.js";
import { createCopyableFigure } from "../../shared/copy.js";
import { h, setText } from "../../shared/dom.js";
import { fixed, rounded } from "../../shared/format.js";
import { createTerm } from "../../shared/term.js";

const EMPTY = "Click a dot: you see how precisely the encoder places it, and the two parts of the loss.";

export function createNumbers(store) {
  const { state } = store;
  const cell = (id) => h("span.number", { "data-testid": id }, "–");
  const error = () => h("span.error-bar");
  const [rate, distortion, elbo] = [cell("rate"), cell("distortion"), cell("elbo")];
  const [distortionError, elboError] = [error(), error()];
  const empty = h("p.note", {}, EMPTY);
  const entry = (key, name, formula, value, known) =>
    h("div", {}, h("dt", {}, createTerm(store, key, name), h("span", {}, formula)), h("dd", {}, createCopyableFigure(name, value, "nats", known)));
  const list = h("dl", {},
    entry("rate", "Rate", "KL(q(z|x) ‖ p(z))", rate, h("span.error-bar", {}, "exact")),
    entry("distortion", "Distortion", "−E log p(x|z), z ~ q", distortion, distortionError),
    entry("elbo", "ELBO", "−(rate + distortion)", elbo, elboError));
  const units = h("p.note.units", {}, "All three in ", createTerm(store, "nat", "nats"));
  const element = h("div.numbers", { role: "group", "aria-label": "Rate, distortion and ELBO of the chosen image" }, empty, list, units);

  store.on(["x", "drawing", "codes"], () => {
    const chosen = state.x !== null || state.drawing !== null;
    empty.hidden = chosen;
    list.hidden = units.hidden = !chosen;
  });
  store.on(["input", "q", "terms", "model"], () => {
    const { q, terms, input } = state;
    setText(rate, q && input ? fixed(kl(q.mu, q.logvar)) : "–");
    show(distortion, distortionError, terms?.distortion, terms?.distortionStderr);
    show(elbo, elboError, terms?.elbo, terms?.elboStderr);
  });
  return { element };
}

function show(value, error, number, stderr) {
  const known = Number.isFinite(stderr) && stderr > 0;
  setText(value, known ? rounded(number, stderr) : fixed(number));
  setText(error, known ? `± ${rounded(stderr, stderr)}` : "");
}
