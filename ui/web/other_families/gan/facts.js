/** What is measured of the GAN and of the VAE, side by side, and what each gives up. */

import { h, setText } from "../../shared/dom.js";
import { count, fixed, measured } from "../../shared/format.js";
import { COUNTED, SHOWN, VAE_RATE } from "./training.js";

const GIVES_UP = "The GAN may leave modes out, and in general nobody can compute its likelihood. The VAE has a likelihood, which is low wherever it misses data. So it covers all modes, but it also puts mass between them.";

const share = ({ share }) => `${fixed(100 * share, 0)} ± ${fixed(100 * Math.sqrt((share * (1 - share)) / COUNTED), 1)} %`;

/** Rows: the key, the words, and the text of a model's record. */
const ROWS = [
  { key: "modes-hit", words: `Modes hit by ${count(COUNTED)} samples`, of: (record, modes) => `${record.count} of ${modes}`, ofModes: true },
  { key: "share", words: "Samples within 3 sd of a mode", of: share, ofModes: true },
  { key: "jsd", words: "JSD to the data, nats", of: ({ divergence, error }) => measured(divergence, error) },
  { key: "mass", words: "Mass that the cells of the picture see", of: ({ mass }) => `${fixed(100 * mass, 0)} %` },
  { key: "log-px", words: `Mean log p(x) of ${count(SHOWN)} new x, nats`, of: (record) => measured(record.logPx, record.logPxError), none: "not in general" },
  { key: "elbo", words: "Mean ELBO of these x, nats", of: (record) => measured(record.elbo, record.elboError), none: "–" },
  { key: "sigma", words: "σ of the decoder, learned", of: ({ sigma }) => fixed(sigma, 2), none: "–" },
];

export function createFacts(store) {
  const { state } = store;
  const rows = ROWS.map((row) => {
    const cells = ["gan", "vae"].map((name) => h("td", { "data-testid": `${name}-${row.key}` }));
    return { ...row, cells, element: h("tr", {}, h("th", { scope: "row" }, row.words), ...cells) };
  });
  const [best, value] = ["best", "value"].map((name) => h("strong", { "data-testid": `gan-${name}` }));
  const table = h("table.gan-table", {},
    h("thead", {}, h("tr", {}, h("td"), h("th", { scope: "col" }, "GAN"), h("th", { scope: "col" }, "VAE"))), h("tbody", {}, ...rows.map(({ element }) => element)));
  const element = h("section.gan-facts", { "aria-label": "Measured" }, h("h2", {}, "The same data, the same decoder"), table, h("p", {}, GIVES_UP),
    h("p", {}, "V(D, G) = ", value, " on the last batch; V(D*, G) = −ln 4 + 2 JSD = ", best, ". JSD is that on the cells of the picture."),
    h("p", {}, `The learning rate above is the GAN's. The VAE learns at ${VAE_RATE}, which suits it.`));
  store.on(["game", "play"], () => {
    element.hidden = !state.game;
    if (!state.game) return;
    const record = state.game.records.at(-1);
    const modes = state.game.target.modes?.centres.length;
    for (const { element: row, cells, of, none, ofModes } of rows) {
      row.hidden = !!ofModes && !modes;
      if (row.hidden) continue;
      setText(cells[0], none ?? of(record.gan, modes));
      setText(cells[1], of(record.vae, modes));
    }
    setText(value, fixed(record.value, 3));
    setText(best, fixed(record.best, 3));
  });
  return element;
}
