/** The kinds of path, and how each looks on the map, in the charts and in the table: by colour and by dashes. */

export const KINDS = ["linear", "spherical", "geodesic", "hand"];
export const NAMES = { linear: "Linear", spherical: "Spherical", geodesic: "Geodesic", hand: "Drawn" };
export const DASHES = { linear: [], spherical: [9, 5], geodesic: [2, 4], hand: [10, 4, 2, 4] };
const LIGHT = { linear: "#1c557d", spherical: "#c14a00", geodesic: "#007959", hand: "#7943ba" };
const DARK = { linear: "#9fcdee", spherical: "#ff9c5a", geodesic: "#3cdcad", hand: "#be9bff" };

export const colourOf = (kind, { dark }) => (dark ? DARK : LIGHT)[kind];

/** The kinds that there are now, and those whose frames are there: a path by hand is one from its first waypoint on. */
export const kindsOf = ({ paths }) => KINDS.filter((kind) => paths?.[kind]);
export const readyKinds = ({ paths }) => KINDS.filter((kind) => paths?.[kind]?.frames);
