/** How far the page is enlarged: as far as a panel still fits, and at least so far that the last row can read it. */

const LINES = 600; // CSS pixels of height at the least zoom: text of 15 is a fortieth of the screen's height
const MOST = 2; // times the least zoom
const MARGIN = 24; // above and below, in CSS pixels of the screen
const STEPS = 5;
const SHARES = [1, 0.9, 0.8, 0.7, 0.6, 0.5]; // of the room's height that a plane may take where the panel has more to show

/**
 * Sets the zoom, and the room that a plane may take, on the page.
 * @param {HTMLElement[]} parts  of the panel
 * @param {number} foot  height of what stands at the foot of the screen
 * @returns {number} the zoom
 */
export function fitted(parts, foot) {
  const least = Math.max(1, innerHeight / LINES);
  const room = innerHeight - foot - 2 * MARGIN;
  const page = document.documentElement.style;
  const fits = (zoom, share) => {
    page.setProperty("--present-zoom", zoom);
    page.setProperty("--present-height", `${(room / zoom).toFixed(1)}px`);
    page.setProperty("--present-room", `${((share * room) / zoom).toFixed(1)}px`);
    const boxes = parts.map((part) => part.getBoundingClientRect()).filter((box) => box.height);
    return Math.max(...boxes.map((box) => box.bottom)) - Math.min(...boxes.map((box) => box.top)) <= room;
  };
  const share = SHARES.find((part) => fits(least, part));
  if (!parts.length || !share) return fits(least, SHARES[0]), least; // the page scrolls
  let [low, high] = [least, MOST * least];
  for (let n = 0; n < STEPS; n++) {
    const middle = (low + high) / 2;
    if (fits(middle, share)) low = middle;
    else high = middle;
  }
  fits(low, share);
  return low;
}
