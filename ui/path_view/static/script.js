/** A Python script that makes the same paths with vae_core. */

import { imageOf } from "./view.js";

/** @returns {string} to be run in the folder of VAE Lab */
export function scriptOf({ stops, stopCodes, ends, info, frames }) {
  const images = stops.map(imageOf);
  const fromImages = ends === "mean" && !images.includes(null);
  const points = fromImages
    ? `points = torch.from_numpy(read_codes(open_run(RUN)).mu[${JSON.stringify(images)}]).float()  # test images ${images.join(", ")}`
    : `points = torch.tensor(\n    [\n${stopCodes.map((z) => `        [${z.map(number).join(", ")}],`).join("\n")}\n    ]\n)`;
  return `"""The linear, spherical and geodesic paths through ${stops.length} codes of ${info.title}. Run it in the folder of VAE Lab."""

import torch

from vae_core import checkpoint, geometry, latent
${fromImages ? "from vae_core.run import open_run, read_codes\n" : ""}
RUN = ${JSON.stringify(info.run_path)}
FRAMES = ${frames}
NODES = 33  # of each geodesic

model = checkpoint.load(RUN)
${points}
legs = [geometry.geodesic(model, a, b, NODES) for a, b in zip(points, points[1:])]
nodes = torch.cat([leg.path if k == 0 else leg.path[1:] for k, leg in enumerate(legs)])
paths = {
    "linear": latent.through(points, FRAMES, "linear"),
    "spherical": latent.through(points, FRAMES, "spherical"),
    "geodesic": latent.through(nodes, FRAMES, "linear"),
}
for name, z in paths.items():
    with torch.no_grad():
        pictures = model.decode(z).mean
    steps = (pictures[1:] - pictures[:-1]).flatten(1).norm(dim=1)
    print(f"{name:10} length in z {float((z[1:] - z[:-1]).norm(dim=1).sum()):7.3f}   in pictures {float(steps.sum()):7.3f}")
`;
}

const number = (value) => String(Number(Math.fround(value).toPrecision(9)));
