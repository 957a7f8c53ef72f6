/**
 * A drawing context that writes SVG: what layers and charts draw on a canvas, as lines, text and marks. It has what
 * they use of CanvasRenderingContext2D and no more; bitmaps lie in it as pictures. Text is written as text, never as
 * markup. It keeps to what programs other than browsers draw too: colours in hexadecimal, fonts as attributes,
 * xlink:href, no symbols.
 */

import { rgbaOf } from "./palette.js";

const ANCHOR = { left: "start", center: "middle", right: "end" };
const START = {
  fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, lineCap: "butt", lineJoin: "miter", globalAlpha: 1,
  font: "10px sans-serif", textAlign: "left", textBaseline: "alphabetic", imageSmoothingEnabled: true,
};
const FONT = /^(?<style>italic )?(?:(?<weight>\d+) )?(?<size>[\d.]+)px (?<family>.+)$/;

export const escaped = (text) => String(text).replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
export const number = (value) => String(Math.round(value * 1000) / 1000);

/** @returns {Object} the context, with `vector: true`, `marks`, `nest` and `markup()` */
export function createSvgContext() {
  const parts = [];
  const kinds = new Map(); // outline and colour of a mark -> its id
  const saved = [];
  let dash = "";
  let path = "";
  let matrix = [1, 0, 0]; // scale, x, y: nothing is ever turned or stretched
  let clips = 0; // so far
  let open = 0; // clips that hold what is drawn now
  let casing = null; // what strokeText has said of the text that fillText is about to write
  const g = { ...START, vector: true };
  const ruler = document.createElement("canvas").getContext("2d");

  const attributes = (facts) =>
    Object.entries(facts).map(([name, value]) => (value === null ? "" : ` ${name}="${escaped(value)}"`)).join("");
  const put = (tag, facts, content = null) => {
    const opacity = g.globalAlpha < 1 ? number(g.globalAlpha) : null;
    const words = attributes({ ...facts, opacity, transform: placing() });
    parts.push(content === null ? `<${tag}${words}/>` : `<${tag}${words}>${escaped(content)}</${tag}>`);
  };
  const placing = () => {
    const [scale, x, y] = matrix.map(number);
    return matrix.join() === "1,0,0" ? null : `translate(${x} ${y}) scale(${scale})`;
  };
  const stroking = () => ({
    fill: "none", ...paintOf("stroke", g.strokeStyle), "stroke-width": number(g.lineWidth),
    "stroke-dasharray": dash || null, "stroke-linecap": g.lineCap === "butt" ? null : g.lineCap,
    "stroke-linejoin": g.lineJoin === "miter" ? null : g.lineJoin,
  });

  function oval(x, y, rx, ry, turn) {
    const [dx, dy] = [rx * Math.cos(turn), rx * Math.sin(turn)];
    const shape = `A${number(rx)} ${number(ry)} ${number((turn * 180) / Math.PI)} 1 1`;
    const arc = (ex, ey) => `${shape} ${number(ex)} ${number(ey)}`;
    path += `M${number(x - dx)} ${number(y - dy)}${arc(x + dx, y + dy)}${arc(x - dx, y - dy)}Z`;
  }

  /** How far the line that letters stand on lies below the middle of their font. */
  function drop() {
    if (g.textBaseline === "alphabetic") return 0;
    ruler.font = g.font;
    const ascent = ["alphabetic", g.textBaseline].map((baseline) => {
      ruler.textBaseline = baseline;
      return ruler.measureText("x").fontBoundingBoxAscent;
    });
    return ascent[0] - ascent[1];
  }

  function write(text, x, y) {
    const { style, weight, size, family } = FONT.exec(g.font).groups;
    put("text", {
      x: number(x), y: number(y + drop()), ...paintOf("fill", g.fillStyle),
      ...(casing?.text === text && casing.x === x && casing.y === y ? casing.look : {}),
      "font-family": family, "font-size": size, "font-weight": weight ?? null, "font-style": style ? "italic" : null,
      "text-anchor": g.textAlign === "left" ? null : ANCHOR[g.textAlign], "xml:space": "preserve",
    }, text);
    casing = null;
  }

  return Object.assign(g, {
    save: () => saved.push({ ...Object.fromEntries(Object.keys(START).map((key) => [key, g[key]])), matrix, open }),
    restore() {
      const { matrix: before, open: clipped, ...look } = saved.pop();
      if (open > clipped) parts.push("</g>".repeat(open - clipped));
      [matrix, open] = [before, clipped];
      Object.assign(g, look);
    },
    clip() {
      const id = `clip${(clips += 1)}`;
      const outline = attributes({ d: path, transform: placing() });
      parts.push(`<clipPath id="${id}"><path${outline}/></clipPath><g clip-path="url(#${id})">`);
      open += 1;
    },
    translate: (x, y) => (matrix = [matrix[0], matrix[1] + matrix[0] * x, matrix[2] + matrix[0] * y]),
    scale: (factor) => (matrix = [matrix[0] * factor, matrix[1], matrix[2]]),
    beginPath: () => (path = ""),
    moveTo: (x, y) => (path += `M${number(x)} ${number(y)}`),
    lineTo: (x, y) => (path += `${path ? "L" : "M"}${number(x)} ${number(y)}`),
    closePath: () => (path += "Z"),
    arc: (x, y, radius) => oval(x, y, radius, radius, 0), // only whole turns are drawn
    ellipse: oval,
    rect(x, y, width, height) {
      path += `M${number(x)} ${number(y)}h${number(width)}v${number(height)}h${number(-width)}Z`;
    },
    measureText: (text) => {
      ruler.font = g.font;
      return ruler.measureText(text);
    },
    setLineDash: (lengths) => (dash = lengths.join(" ")),
    stroke: (outline) => (outline?.outline ?? path) && put("path", { d: outline?.outline ?? path, ...stroking() }),
    fill(outline) {
      const rule = outline ? "evenodd" : null;
      put("path", { d: outline?.outline ?? path, ...paintOf("fill", g.fillStyle), "fill-rule": rule });
    },
    fillRect(x, y, width, height) {
      const box = { x: number(x), y: number(y), width: number(width), height: number(height) };
      put("rect", { ...box, ...paintOf("fill", g.fillStyle) });
    },
    fillText: write,
    /** A casing: the layers write one only right before its text, and both are one element. */
    strokeText(text, x, y) {
      const look = { ...stroking(), "stroke-opacity": number(g.globalAlpha), "paint-order": "stroke" };
      delete look.fill;
      casing = { text, x, y, look };
    },
    drawImage(image, ...at) {
      const [sx, sy, sw, sh, x, y, width, height] = at.length === 8 ? at : [0, 0, image.width, image.height, ...at];
      if (!(sw > 0 && sh > 0)) return; // nothing is painted on it yet
      const crisp = !g.imageSmoothingEnabled;
      put("image", {
        x: number(x), y: number(y), width: number(width), height: number(height), preserveAspectRatio: "none",
        "image-rendering": crisp ? "optimizeSpeed" : null, style: crisp ? "image-rendering:pixelated" : null,
        "xlink:href": cut(image, sx, sy, sw, sh),
      });
    },
    /** One mark at each place; `outline` lies in a 20 × 20 box around (10, 10). */
    marks(places, outline, colour, radius) {
      const key = `${outline} ${colour} ${radius} ${g.globalAlpha}`;
      if (!kinds.has(key)) {
        const id = `mark${kinds.size}`;
        kinds.set(key, id);
        const look = { ...paintOf("fill", colour), "fill-opacity": number(g.globalAlpha), "fill-rule": "evenodd" };
        const size = `scale(${number(radius / 10)}) translate(-10 -10)`;
        parts.push(`<defs><path${attributes({ id, transform: size, d: outline, ...look })}/></defs>`);
      }
      const [scale, left, top] = matrix;
      const name = kinds.get(key);
      for (const [x, y] of places) {
        parts.push(`<use xlink:href="#${name}" x="${number(left + scale * x)}" y="${number(top + scale * y)}"/>`);
      }
    },
    /** A whole SVG at a place. */
    nest: (svg, x, y) => parts.push(svg.replace("<svg ", `<svg x="${number(x)}" y="${number(y)}" `)),
    markup: () => parts.join("\n"),
  });
}

/** A colour as programs other than browsers read it. */
function paintOf(name, colour) {
  const [red, green, blue, alpha] = rgbaOf(colour);
  const hex = [red, green, blue].map((value) => value.toString(16).padStart(2, "0")).join("");
  return { [name]: `#${hex}`, [`${name}-opacity`]: alpha < 255 ? number(alpha / 255) : null };
}

/** A part of a canvas as a picture of its own. */
function cut(image, x, y, width, height) {
  const small = Object.assign(document.createElement("canvas"), { width, height });
  small.getContext("2d").drawImage(image, x, y, width, height, 0, 0, width, height);
  return small.toDataURL("image/png");
}
