/** The directions of the arrow keys, [right, up] and [right, down]. */

export const ARROWS_UP = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }; // on a plane
export const ARROWS_DOWN = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }; // in a picture or a table
