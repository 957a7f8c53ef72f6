/** Colours for "so many nats below the best": the brightest spot stands out from the paper. */

export { createRamp, gradientOf } from "../shared/color_scale.js";

const STEPS = 256;

/**
 * The step of the ramp for a value this many nats below the best; all that is `deepest` or deeper is the first. Steps are
 * even in the root of the depth, which around the best z grows like the distance from it.
 */
export const stepOf = (depth, deepest) =>
  depth >= deepest ? 0 : Math.round((1 - Math.sqrt(Math.max(0, depth) / deepest)) * (STEPS - 1));
