/** How each kind of way looks, on the map, in the charts and in the table: by colour and by dashes. */

export const NAMES = { linear: "Linear", spherical: "Spherical", geodesic: "Geodesic", hand: "By hand" };
export const DASHES = { linear: [], spherical: [9, 5], geodesic: [2, 4], hand: [10, 4, 2, 4] };
const LIGHT = { linear: "#0060a8", spherical: "#c24a00", geodesic: "#00795a", hand: "#7440b0" };
const DARK = { linear: "#6cc0ff", spherical: "#ff9d5c", geodesic: "#3fdcae", hand: "#cba6ff" };

export const colourOf = (kind, { dark }) => (dark ? DARK : LIGHT)[kind];
