/** The code of each stop: the mean of q(z|x), or one draw from it by the seed. */

import { sampleInto } from "../engine/gaussian.js";
import { createRandom } from "../engine/random.js";
import { asInput } from "../shared/select_x.js";
import { drawingOf, imageOf } from "./view.js";

/** @returns {(number[] | null)[]} null while the encoder that a drawing needs is on its way */
export function stopCodesOf({ stops, ends, seed, codes, model, info }) {
  const random = createRandom(seed);
  return stops.map((stop) => {
    const q = posteriorOf(stop, codes, model, info);
    const draw = sampleInto(q?.mu ?? new Float32Array(model.latentDim), q?.logvar ?? new Float32Array(model.latentDim), random, new Float32Array(model.latentDim));
    return q && Array.from(ends === "sample" ? draw : q.mu);
  });
}

function posteriorOf(stop, codes, model, info) {
  const index = imageOf(stop);
  const D = model.latentDim;
  if (index !== null) return { mu: codes.mu.subarray(index * D, (index + 1) * D), logvar: codes.logvar.subarray(index * D, (index + 1) * D) };
  return model.encoderReady() ? model.encode(asInput(drawingOf(stop, model.pixels), info.likelihood.kind)) : null;
}
