/** The laws that the data can have: each with its density, its draws, and its modes where it has some. */

import { createBilinear } from "../../engine/transport/plane_maps.js";
import { PICTURE } from "../../shared/drawn_density.js";
import * as gan from "../engine/gan.js";

const [REACH, SD] = [2, 0.15]; // of the normals: the radius of the ring, or how far the row goes from 0
const NORMALS = { ring: gan.ring, line: gan.row };

/**
 * The law that the state asks for, or null while its drawing is empty.
 * @returns {{d: number, density: (x: number[]) => number, draw: (count: number, random: Object) => Float64Array, modes: Object | null} | null}
 */
export function createTarget({ target, modes: count, drawn, info }) {
  if (NORMALS[target]) {
    const modes = NORMALS[target](count, REACH, SD);
    return { d: modes.centres[0].length, density: (x) => gan.density(modes, x), draw: (many, random) => gan.draw(modes, many, random), modes };
  }
  const { tables, side, half } = info.targets;
  const map = target === "drawn" ? createBilinear(drawn, PICTURE.side, PICTURE.half) : createBilinear(tables[target], side, half);
  if (!map) return null;
  const draw = (many, random) => {
    const out = new Float64Array(2 * many);
    for (let n = 0; n < many; n++) out.set(map.fromNormal([random.normal(), random.normal()]), 2 * n);
    return out;
  };
  return { d: 2, density: map.density, draw, modes: null };
}
