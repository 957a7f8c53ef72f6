/** A Python script that makes the codes of a tab again with vae_core, and their pictures. */

import { EACH } from "./drawn_path.js";
import { STRENGTHS, SWEPT, gridsOf, sheetRows } from "./exportable_paths.js";
import { factorOf } from "./factors.js";
import { OTHERS, members } from "./groups.js";
import { SIDE } from "./interpolation_grid.js";
import { imageOf } from "./stops.js";

/** @returns {string} to be started from anywhere: it finds vae_core in the folder of VAE Lab, the one it is started in or named behind it */
export function writeScript(state) {
  const { info, tab } = state;
  const { body, core, run = [], data = false } = { between, dimensions, grid, add, factors }[tab](state);
  const reads = fromImages(state) ? ["open_run", "read_codes"] : [];
  const names = [...new Set([...reads, ...run])].sort();
  return `"""Codes that VAE Lab showed of ${info.title.replace(/["\\]/g, "")}, and their pictures.

Start it in the folder of VAE Lab, or name that folder: python ${info.id}-${tab}.py FOLDER. The codes of test images are
kept in half precision, so they have about three digits.
"""

import sys
from pathlib import Path

LAB = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
if not (LAB / "vae_core").is_dir():
    sys.exit(f"{LAB} is not the folder of VAE Lab: start this script there, or name that folder behind it")
sys.path.insert(0, str(LAB))

import torch

from vae_core import ${[...(data ? ["data"] : []), "load"].join(", ")}
${imports(core)}${names.length ? `from vae_core.runs.run import ${names.join(", ")}\n` : ""}
RUN = LAB / ${JSON.stringify(info.run_path)}
if not RUN.is_dir():
    sys.exit(f"the run {RUN} is not here: take its folder home by Export, and unpack it there")

model = load(RUN)
stops = ${stopsOf(state)}
paths = {}
${body.join("\n")}

for name, z in paths.items():
    with torch.no_grad():
        pictures = model.decode(z).mean  # [T, C, H, W], 0 to 1
    steps = (pictures[1:] - pictures[:-1]).flatten(1).norm(dim=1)
    print(f"{name:10} length in z {float((z[1:] - z[:-1]).norm(dim=1).sum()):7.3f}   in pictures {float(steps.sum()):7.3f}")
`;
}

/** Lines that import modules of vae_core.latent. */
const imports = (modules) => `from vae_core.latent import ${[...modules].sort().join(", ")}\n`;

const fromImages = ({ ends, stops }) => ends === "mean" && !stops.map(imageOf).includes(null);

function stopsOf(state) {
  if (!fromImages(state)) return tensor(state.stopCodes);
  const images = state.stops.map(imageOf);
  return `torch.from_numpy(read_codes(open_run(RUN)).mu[${JSON.stringify(images)}]).float()  # test images ${images.join(", ")}`;
}

function between(state) {
  const { stopCodes, hand, projection, frames, paths } = state;
  const straight = paths.linear && [
    "legs = [geometry.geodesic(model, a, b, 33) for a, b in zip(stops, stops[1:])]",
    "nodes = torch.cat([leg.path if k == 0 else leg.path[1:] for k, leg in enumerate(legs)])",
    ...(paths.linear.frames ? [`paths["linear"] = interpolation.through(stops, ${frames}, "linear")`] : []),
    ...(paths.spherical.frames ? [`paths["spherical"] = interpolation.through(stops, ${frames}, "spherical")`] : []),
    `paths["geodesic"] = interpolation.through(nodes, ${frames}, "linear")`,
  ];
  const byHand = paths.hand?.frames && [
    `waypoints = ${tensor(hand.map((point) => projection.lift(point, stopCodes[0])))}`,
    `paths["hand"] = interpolation.evenly(interpolation.smooth(waypoints, ${EACH}), ${frames})`,
  ];
  return { body: [...(straight || []), ...(byHand || [])], core: [...(straight ? ["geometry"] : []), "interpolation"] };
}

const dimensions = (state) => ({
  body: [`for j in ${JSON.stringify(sheetRows(state))}:`, `    paths[f"z{j + 1}"] = ${traversal(state, "j")}`],
  core: ["interpolation"],
});

const traversal = ({ chosen }, j) => `interpolation.traversal(stops[${chosen}], ${j}, torch.linspace(${SWEPT[0]}, ${SWEPT.at(-1)}, ${SWEPT.length}))`;

function grid(state) {
  const makers = { linear: "bilinear", spherical: "spherical_grid" };
  const lines = gridsOf(state).map(({ id }) => `paths["${id}"] = interpolation.${makers[id]}(corners, ${SIDE}, ${SIDE}).flatten(0, 1)`);
  return { body: ["corners = stops[:4].reshape(2, 2, -1)", ...lines], core: ["interpolation"] };
}

function add(state) {
  const { plus, minus, chosen, info } = state;
  const known = [plus, minus].some(factorOf);
  const [first, second] = plus === OTHERS ? [["without", minus], ["with_", plus]] : [["with_", plus], ["without", minus]];
  return {
    body: [
      "codes = read_codes(open_run(RUN))",
      "mu, label = torch.from_numpy(codes.mu).double(), torch.from_numpy(codes.label)",
      ...(known ? [`factors = torch.from_numpy(data.load(${JSON.stringify(info.data_name)}, "test").factors.index[: len(mu)])`] : []),
      `${first[0]} = ${mask(first[1], state, "")}`,
      `${second[0]} = ${mask(second[1], state, first[0])}`,
      "found = attribute_vectors.direction(mu[with_], mu[without])",
      "print(found.separation)",
      `paths["difference"] = found.added(stops[${chosen}].double(), torch.linspace(${STRENGTHS[0]}, ${STRENGTHS.at(-1)}, ${STRENGTHS.length})).float()`,
    ],
    core: ["attribute_vectors"], run: ["open_run", "read_codes"], data: known,
  };
}

/** Which codes a group holds, as a line of Python. */
function mask(text, state, other) {
  const factor = factorOf(text);
  if (text === OTHERS) return `~${other}`;
  if (factor) return `factors[:, ${factor[0]}] == ${factor[1]}`;
  if (text.startsWith("class.")) return `label == ${text.slice(6)}`;
  return `torch.isin(torch.arange(len(mu)), torch.tensor(${JSON.stringify(members(text, state))}))  # a lasso`;
}

function factors(state) {
  const sweep = { body: [`paths["z${state.dimension + 1}"] = ${traversal(state, state.dimension)}`], core: ["interpolation"] };
  if (!state.direction) return sweep;
  const added = add(state);
  return { ...added, body: [...sweep.body, ...added.body], core: ["attribute_vectors", "interpolation"] };
}

const tensor = (codes) => `torch.tensor(\n    [\n${codes.map((z) => `        [${z.map(number).join(", ")}],`).join("\n")}\n    ]\n)`;
const number = (value) => String(Number(Math.fround(value).toPrecision(9)));
