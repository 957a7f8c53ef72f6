/**
 * The maps that a visitor can choose: what each is called, what to look at, how far its x reaches, and how it is made.
 */

import { createBilinear, createGaussian, createRing } from "../engine/transport/plane_maps.js";
import { createDrawn, createExponential, createMixture, createUniform } from "../engine/transport/univariate.js";
import { PICTURE } from "../shared/drawn_density.js";

export const CURVE = { knots: 64, low: -4, high: 4 }; // the drawn density on the line
export const [LEAST, MOST] = [0.3, 3]; // of the diagonal of the Cholesky factor, and of all its entries
export const Z_HALF = 3.6; // the window of z, and how far z can be dragged

const DRAWN_LINE = "Draw a density with the pointer. Each z goes to the x that has the same area on its left, so any curve can be reached.";
const DRAWN_PLANE = "Draw where x should be. z₁ gives x₁. Then z₂ gives x₂ for this x₁. These two steps can make any drawing. If you leave a gap, the plane tears there.";

/** In the order of the buttons. `fold` names the maths and code; `reach` the window of x. */
export const MAPS = {
  bimodal: line("Two modes", [-4, 4], "Bands of one colour hold the same share of the draws on both sides. Between the two modes the curve must be stretched thin."),
  three: line("Mixture", [-4, 4], "Where p(x) is high, f is flat and the bands crowd together; where p(x) is low, f is steep and they spread out."),
  exponential: line("Exponential", [-0.8, 6.2], "The left half of the normal is squeezed between 0 and 0.69. The right half is stretched into a long tail."),
  uniform: line("Uniform", [-3, 3], "All bands end at the same height. This f is Φ itself, only scaled: it turns the bell curve into a flat density."),
  curve: line("Draw", [CURVE.low, CURVE.high], DRAWN_LINE),
  ring: plane("Ring", "ring", 1.75, "Each z moves along its own ray from the origin. Near points move out, far points move in. Nearly all of them end just outside the circle of radius 1, and there is a hole inside it."),
  gaussian: plane("Gaussian", "gaussian", 4.5, "Drag the two squares: they are the images of (1, 0) and (0, 1), the columns of L. Squares of the grid become equal parallelograms."),
  mixture: plane("Mixture", "conditional", 3.2, "Follow one vertical line: it stays vertical, since x₁ depends on z₁ alone. Along it, x₂ has the distribution p(x₂|x₁)."),
  moons: plane("Two moons", "conditional", 3.2, "Two shapes from one plane. Between the arms p(x) is almost 0, so the lines lie far apart there: hardly any z ends in the gap."),
  spiral: plane("Spiral", "conditional", 3.2, "Each vertical line is cut between the arms, since no z may end there. A density with gaps needs a function that jumps."),
  letters: plane("Letters", "conditional", 3.2, "The letters of VAE from one normal. Between them p(x) = 0, so f jumps and the plane tears: faint lines bridge the tears."),
  picture: plane("Draw", "conditional", 3.2, DRAWN_PLANE),
  learned: plane("Learned", "learned", 3.2, "Press Train. The network is smooth, so it bends the plane and cannot tear it: threads remain between the parts. Give it more width or depth and train again."),
};

function line(label, reach, look) {
  return { dims: 1, label, fold: "line", reach, look };
}

function plane(label, fold, half, look) {
  return { dims: 2, label, fold, reach: [-half, half], look };
}

/** The map that the state asks for, or null while its drawing is empty. `given` is what Python sent. */
export function createMap(state, given) {
  const name = state.map;
  if (name === "bimodal" || name === "three") return createMixture(given.mixtures[name]);
  if (name === "exponential") return createExponential(given.rate);
  if (name === "uniform") return createUniform(...given.uniform);
  if (name === "curve") return createDrawn(state.curve, CURVE.low, CURVE.high);
  if (name === "gaussian") return createGaussian(state.lower);
  return createTarget(name, state, given);
}

/** A density on the plane by its name, with its exact map. */
export function createTarget(name, state, given) {
  if (name === "ring") return createRing();
  if (name === "picture") return createBilinear(state.picture, PICTURE.side, PICTURE.half);
  return createBilinear(given.tables[name], given.side, given.half);
}

/** A network behind the same face as an exact map; its x has no density in closed form, the target's stands in. */
export function createLearned(network, target) {
  const applyAll = (z) => network.forward(z, z.length / 2); // all at once, which costs far less
  return { fromNormal: network.apply, applyAll, toNormal: null, density: target.density, volume: network.volume, box: target.box, margins: target.margins };
}
