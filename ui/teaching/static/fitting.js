/** How far the page is enlarged: as far as a panel still fits, and at least so far that the last row can read it. */

const LINES = 600; // CSS pixels of height at the least zoom: text of 15 is a fortieth of the screen's height
const MOST = 2; // times the least zoom
const MARGIN = 24; // above and below, in CSS pixels of the screen
const STEPS = 5;

/** @returns {number} the zoom, which is also set on the page while it is looked for */
export function fitted(parts, foot) {
  const least = Math.max(1, innerHeight / LINES);
  const room = innerHeight - foot - 2 * MARGIN;
  const page = document.documentElement.style;
  const fits = (zoom) => {
    page.setProperty("--present-zoom", zoom);
    page.setProperty("--present-room", `${(room / zoom).toFixed(1)}px`);
    const boxes = parts.map((part) => part.getBoundingClientRect()).filter((box) => box.height);
    return Math.max(...boxes.map((box) => box.bottom)) - Math.min(...boxes.map((box) => box.top)) <= room;
  };
  if (!parts.length || !fits(least)) return fits(least), least;
  let [low, high] = [least, MOST * least];
  for (let n = 0; n < STEPS; n++) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  fits(low);
  return low;
}
