/** Begins the latent map of a page that carries all it needs: weights, codes and pictures lie in it as packed text. */

import { addEmbedded } from "../engine/fetch.js";
import mount from "../latent_map/main.js";
import { readHash, writeHash } from "./url_hash.js";

const { model, folds, glossary, view } = JSON.parse(document.getElementById("facts").textContent);
const parentElement = document.getElementById("pad").attachShadow({ mode: "open" });
const dark = matchMedia("(prefers-color-scheme: dark)");
const shown = { turn: 0, view: readHash(location.hash, model.fields) ?? view, hash: location.hash };

for (const part of document.querySelectorAll("script[data-part]")) addEmbedded(part.dataset.part, () => unpacked(part.textContent));
createThemeButton(document.getElementById("theme"));
addEventListener("hashchange", () => location.hash !== shown.hash && follow());
dark.addEventListener("change", show);
show();

function show() {
  mount({ parentElement, data: { model, folds, glossary, view: { ...shown.view, turn: shown.turn } }, setStateValue: (_, settled) => keep(settled) });
}

/** Another view was asked for by the address. */
function follow() {
  Object.assign(shown, { turn: shown.turn + 1, view: readHash(location.hash, model.fields) ?? view, hash: location.hash });
  show();
}

function keep(settled) {
  shown.hash = writeHash(settled, model.fields);
  history.replaceState(null, "", shown.hash);
}

async function unpacked(text) {
  const packed = Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** Light or dark, at first as the system has it. */
function createThemeButton(button) {
  const root = document.documentElement;
  const name = () => button.replaceChildren(isDark() ? "Light" : "Dark");
  const isDark = () => (root.style.colorScheme || (dark.matches ? "dark" : "light")) === "dark";
  button.hidden = false;
  button.addEventListener("click", () => {
    root.style.colorScheme = isDark() ? "light" : "dark";
    name();
    show();
  });
  dark.addEventListener("change", name);
  name();
}
