/**
 * A drawing context that writes SVG: what the layers of the plane draw on a canvas, as lines, text and marks. It has what
 * they use of CanvasRenderingContext2D and no more; bitmaps lie in it as pictures. Text is written as text, never as markup.
 */

const ANCHOR = { left: "start", center: "middle", right: "end" };
const BASELINE = { middle: "central", alphabetic: "auto" };
const START = {
  fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, lineCap: "butt", lineJoin: "miter", globalAlpha: 1,
  font: "10px sans-serif", textAlign: "left", textBaseline: "alphabetic", imageSmoothingEnabled: true,
};

const escaped = (text) => String(text).replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
const number = (value) => String(Math.round(value * 100) / 100);

/**
 * @param {number} size  of the square, in CSS pixels
 * @param {string} title  what it shows, for who cannot see it
 * @returns {Object} the context, with `vector: true`, `marks` and `text()`
 */
export function createSvgContext(size, title) {
  const parts = [];
  const kinds = new Map(); // outline and colour of a mark -> its id
  const saved = [];
  let dash = "";
  let path = "";
  let matrix = [1, 0, 0]; // scale, x, y: nothing is ever turned or stretched
  const g = { ...START, vector: true };
  const ruler = document.createElement("canvas").getContext("2d");

  const put = (tag, facts, content = null) => {
    const { globalAlpha } = g;
    const all = { ...facts, opacity: globalAlpha < 1 ? number(globalAlpha) : null, transform: placing() };
    const words = Object.entries(all).filter(([, value]) => value !== null).map(([name, value]) => ` ${name}="${escaped(value)}"`).join("");
    parts.push(content === null ? `<${tag}${words}/>` : `<${tag}${words}>${escaped(content)}</${tag}>`);
  };
  const placing = () => (matrix.join() === "1,0,0" ? null : `translate(${number(matrix[1])} ${number(matrix[2])}) scale(${matrix[0]})`);
  const stroking = () => ({
    fill: "none", stroke: g.strokeStyle, "stroke-width": number(g.lineWidth), "stroke-dasharray": dash || null,
    "stroke-linecap": g.lineCap === "butt" ? null : g.lineCap, "stroke-linejoin": g.lineJoin === "miter" ? null : g.lineJoin,
  });
  const write = (text, x, y, paint) => put("text", {
    x: number(x), y: number(y), ...paint, style: `font:${g.font}`, "text-anchor": ANCHOR[g.textAlign],
    "dominant-baseline": BASELINE[g.textBaseline], "xml:space": "preserve",
  }, text);

  function oval(x, y, rx, ry, turn) {
    const [dx, dy] = [rx * Math.cos(turn), rx * Math.sin(turn)];
    const arc = (ex, ey) => `A${number(rx)} ${number(ry)} ${number((turn * 180) / Math.PI)} 1 1 ${number(ex)} ${number(ey)}`;
    path += `M${number(x - dx)} ${number(y - dy)}${arc(x + dx, y + dy)}${arc(x - dx, y - dy)}Z`;
  }

  return Object.assign(g, {
    save: () => saved.push(matrix),
    restore: () => (matrix = saved.pop()),
    translate: (x, y) => (matrix = [matrix[0], matrix[1] + matrix[0] * x, matrix[2] + matrix[0] * y]),
    scale: (factor) => (matrix = [matrix[0] * factor, matrix[1], matrix[2]]),
    beginPath: () => (path = ""),
    moveTo: (x, y) => (path += `M${number(x)} ${number(y)}`),
    lineTo: (x, y) => (path += `${path ? "L" : "M"}${number(x)} ${number(y)}`),
    closePath: () => (path += "Z"),
    arc: (x, y, radius) => oval(x, y, radius, radius, 0), // the layers draw whole turns only
    ellipse: oval,
    rect: (x, y, width, height) => (path += `M${number(x)} ${number(y)}h${number(width)}v${number(height)}h${number(-width)}Z`),
    measureText: (text) => {
      ruler.font = g.font;
      return ruler.measureText(text);
    },
    setLineDash: (lengths) => (dash = lengths.join(" ")),
    stroke: (outline) => put("path", { d: outline?.outline ?? path, ...stroking() }),
    fill: (outline) => put("path", { d: outline?.outline ?? path, fill: g.fillStyle, "fill-rule": outline ? "evenodd" : null }),
    fillRect: (x, y, width, height) => put("rect", { x: number(x), y: number(y), width: number(width), height: number(height), fill: g.fillStyle }),
    fillText: (text, x, y) => write(text, x, y, { fill: g.fillStyle }),
    strokeText: (text, x, y) => write(text, x, y, stroking()),
    drawImage(image, ...at) {
      const [sx, sy, sw, sh, x, y, width, height] = at.length === 8 ? at : [0, 0, image.width, image.height, ...at];
      const rendering = g.imageSmoothingEnabled ? null : "image-rendering:pixelated";
      put("image", {
        x: number(x), y: number(y), width: number(width), height: number(height), preserveAspectRatio: "none",
        style: rendering, href: cut(image, sx, sy, sw, sh),
      });
    },
    /** One mark at each place; `outline` lies in a 20 × 20 box around (10, 10). */
    marks(places, outline, colour, radius) {
      const key = `${outline} ${colour} ${radius} ${g.globalAlpha}`;
      if (!kinds.has(key)) {
        const id = `mark${kinds.size}`;
        kinds.set(key, id);
        parts.push(`<symbol id="${id}" overflow="visible"><path transform="scale(${number(radius / 10)}) translate(-10 -10)" d="${escaped(outline)}" fill="${escaped(colour)}" fill-opacity="${number(g.globalAlpha)}" fill-rule="evenodd"/></symbol>`);
      }
      for (const [x, y] of places) parts.push(`<use href="#${kinds.get(key)}" x="${number(x)}" y="${number(y)}"/>`);
    },
    text: () => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${number(size)} ${number(size)}" width="${number(size)}" height="${number(size)}" role="img">`
      + `<title>${escaped(title)}</title><clipPath id="frame"><path d="M0 0H${number(size)}V${number(size)}H0Z"/></clipPath>`
      + `<g clip-path="url(#frame)">\n${parts.join("\n")}\n</g></svg>\n`,
  });
}

/** A part of a canvas as a picture of its own. */
function cut(image, x, y, width, height) {
  const small = Object.assign(document.createElement("canvas"), { width, height });
  small.getContext("2d").drawImage(image, x, y, width, height, 0, 0, width, height);
  return small.toDataURL("image/png");
}
