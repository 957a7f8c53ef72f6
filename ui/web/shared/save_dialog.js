/**
 * The dialog that saves a figure: how large, how sharp, on which paper, with what around it, as PNG or SVG. It shows a
 * preview, says how large the file will be, and remembers what was chosen last in this browser.
 */

import { button, debounce, download, h, setText } from "./dom.js";
import { composeFigure, toPng } from "./figure.js";
import { count } from "./format.js";
import { themeOf } from "./palette.js";

const KEY = "vae-lab-figure";
const CHOICES = {
  kind: ["png", "svg"], unit: ["mm", "px"], dpi: [150, 300, 600], times: [1, 2, 3, 4], paper: ["light", "dark"],
};
const BOUNDS = { mm: [40, 400], px: [150, 4000] };
const START = { kind: "png", unit: "mm", mm: 85, px: 700, dpi: 300, times: 2, paper: "light", legend: true };
const PER_MM = 96 / 25.4; // CSS pixels
const LARGEST = 10_000; // pixels of a side: more than browsers paint everywhere
const SOON_MS = 150;

let made = 0;

/**
 * The button that opens the dialog.
 * @param {string} label  what is written on it
 * @param {string} what  is saved, for the button's name: "the map"
 * @param {() => import("./figure.js").Figure} figureOf  what there is to save now; throws a sentence where there is
 *   nothing
 * @returns {HTMLButtonElement}
 */
export function createSaveButton(label, what, figureOf) {
  const name = `Save ${what} as a figure`;
  const props = { class: "quiet", "aria-label": name, title: name };
  const opener = button(label, () => open(opener, what, figureOf), props);
  return opener;
}

function open(opener, what, figureOf) {
  const root = opener.closest(".pad");
  const choice = readChoice(themeOf(root).dark);
  const [preview, size] = [h("img", { alt: "Preview" }), h("p", { role: "status", "data-testid": "figure-size" })];
  const problem = h("p.message", { role: "alert", hidden: true });
  const save = h("button.primary", { type: "submit", "data-testid": "figure-save" }, "Save");
  const fields = createFields(choice, () => (keepChoice(choice), show()));
  const id = `figure-${(made += 1)}`;
  const form = h("form", { novalidate: true, onsubmit: (event) => (event.preventDefault(), keep()) },
    h("h2", { id }, `Save ${what}`),
    h("div.figure-preview", {}, preview, size),
    h("div.figure-fields", {}, ...fields.elements, problem,
      h("div.row.figure-acts", {}, save, button("Cancel", () => dialog.close()))));
  const props = { "aria-labelledby": id, onkeydown: (event) => event.stopPropagation() }; // the page has shortcuts
  const dialog = h("dialog.figure-dialog", props, form);
  let figure = null;
  let shown = 0; // the newest preview that was asked for
  let address = "";
  const soon = debounce(paint, SOON_MS);
  dialog.addEventListener("close", () => {
    soon.cancel();
    URL.revokeObjectURL(address);
    dialog.remove();
    opener.focus();
  });
  root.append(dialog);
  dialog.showModal();
  try {
    figure = figureOf();
    fields.offerLegend(!!figure.legendOf);
    paint();
  } catch (error) {
    refuse(error);
  }

  function show() {
    fields.show();
    if (!figure) return;
    dialog.setAttribute("aria-busy", "true");
    soon();
  }

  async function paint() {
    const mine = (shown += 1);
    try {
      const composed = await composeFigure(figure, lookOf(choice));
      if (mine !== shown || !dialog.open) return;
      URL.revokeObjectURL(address);
      const markup = composed.svg(composed.width, composed.height);
      address = URL.createObjectURL(new Blob([markup], { type: "image/svg+xml" }));
      preview.src = address;
      setText(size, describeSize(choice, composed));
      problem.hidden = true;
      save.disabled = isTooLarge(choice, composed);
      dialog.setAttribute("aria-busy", "false");
    } catch (error) {
      if (mine === shown) refuse(error);
    }
  }

  async function keep() {
    if (!figure || save.disabled) return;
    save.disabled = true;
    try {
      const composed = await composeFigure(figure, lookOf(choice));
      if (isTooLarge(choice, composed)) throw new Error(describeSize(choice, composed));
      download(await fileOf(choice, composed), `${figure.name}.${choice.kind}`);
      dialog.close();
    } catch (error) {
      save.disabled = false;
      refuse(error);
    }
  }

  function refuse(error) {
    setText(problem, error.message || "The figure could not be made. Try again.");
    problem.hidden = false;
  }
}

const lookOf = (choice) => ({
  width: choice.unit === "mm" ? choice.mm * PER_MM : choice.px,
  scale: scaleOf(choice),
  dark: choice.paper === "dark",
  legend: choice.legend,
  title: choice.title,
});

const scaleOf = ({ unit, dpi, times }) => (unit === "mm" ? dpi / 96 : times);

const pixelsOf = (choice, { width, height }) => [width, height].map((side) => Math.round(side * scaleOf(choice)));

const isTooLarge = (choice, composed) => choice.kind === "png" && Math.max(...pixelsOf(choice, composed)) > LARGEST;

/** "85 mm at 300 dpi: 1004 × 1004 pixels". */
function describeSize(choice, composed) {
  const { kind, unit, mm, px, dpi, times } = choice;
  const across = unit === "mm" ? `${mm} mm` : `${px} pixels`;
  if (kind === "svg") {
    const down = unit === "mm" ? `${Math.round(composed.height / PER_MM)} mm` : `${Math.round(composed.height)} pixels`;
    return `${across} × ${down}, sharp at every size`;
  }
  const [wide, high] = pixelsOf(choice, composed);
  const words = `${across} at ${unit === "mm" ? `${dpi} dpi` : `${times}×`}: ${wide} × ${high} pixels`;
  return isTooLarge(choice, composed) ? `${words}. That is too large: at most ${count(LARGEST)} a side.` : words;
}

async function fileOf(choice, composed) {
  const { kind, unit, dpi } = choice;
  if (kind === "png") return toPng(composed, ...pixelsOf(choice, composed), unit === "mm" ? dpi : null);
  const [factor, ending] = unit === "mm" ? [PER_MM, "mm"] : [1, ""];
  const sides = [composed.width, composed.height].map((side) => `${Number((side / factor).toFixed(2))}${ending}`);
  return new Blob([composed.svg(...sides)], { type: "image/svg+xml" });
}

/** The controls; each writes into `choice`. */
function createFields(choice, changed) {
  const take = (patch) => (Object.assign(choice, patch), changed());
  const kind = createSwitch("File", "kind", { png: "PNG", svg: "SVG" }, choice, take);
  const paper = createSwitch("Paper", "paper", { light: "Light", dark: "Dark" }, choice, take);
  const width = h("input.text", {
    type: "number", step: "1", "aria-label": "Width", "data-testid": "figure-width",
    oninput: () => resize(width.valueAsNumber),
  });
  const unit = list("Unit", [["mm", "mm"], ["px", "pixels"]], (value) => take({ unit: value }), "figure-unit");
  const numbers = (label, key, textOf) => {
    const options = CHOICES[key].map((value) => [value, textOf(value)]);
    return list(label, options, (value) => take({ [key]: Number(value) }), `figure-${key}`);
  };
  const dpi = numbers("Dots per inch", "dpi", (value) => `${value} dpi`);
  const times = numbers("Times", "times", (value) => `${value}×`);
  const legend = h("input", {
    type: "checkbox", "data-testid": "figure-legend", onchange: () => take({ legend: legend.checked }),
  });
  const legendRow = h("label.row", {}, legend, "Legend");
  const title = h("input.text", {
    type: "text", maxlength: "200", placeholder: "none", "data-testid": "figure-title",
    oninput: () => take({ title: title.value }),
  });

  function resize(value) {
    const [least, most] = BOUNDS[choice.unit];
    if (value >= least && value <= most) take({ [choice.unit]: value });
  }

  function show() {
    const bounds = BOUNDS[choice.unit];
    [width.min, width.max] = bounds;
    if (width.getRootNode().activeElement !== width) width.value = choice[choice.unit];
    [unit.value, dpi.value, times.value] = [choice.unit, choice.dpi, choice.times];
    dpi.hidden = choice.kind !== "png" || choice.unit !== "mm";
    times.hidden = choice.kind !== "png" || choice.unit !== "px";
    legend.checked = choice.legend;
  }
  width.addEventListener("blur", show); // what cannot be is put right
  show();
  const named = (name, ...parts) => h("div.figure-field", {}, h("span", {}, name), h("div.row", {}, ...parts));
  const elements = [named("File", kind), named("Width", width, unit, dpi, times), named("Paper", paper),
    h("label.figure-field", {}, h("span", {}, "Title"), title), legendRow];
  return { elements, show, offerLegend: (there) => (legendRow.hidden = !there) };
}

function list(label, options, onchange, testid) {
  const element = h("select", { "aria-label": label, "data-testid": testid, onchange: () => onchange(element.value) });
  element.append(...options.map(([value, text]) => h("option", { value }, text)));
  return element;
}

function createSwitch(label, key, options, choice, take) {
  const name = `figure-${key}-${made}`;
  const radios = Object.entries(options).map(([value, text]) => {
    const chosen = { checked: choice[key] === value, onchange: () => take({ [key]: value }) };
    const input = h("input", { type: "radio", name, value, "data-testid": `figure-${value}`, ...chosen });
    return h("label", {}, input, h("span", {}, text));
  });
  return h("div.switch", { role: "radiogroup", "aria-label": label }, ...radios);
}

/** What was chosen last in this browser; what cannot be is left out. The title is that of one figure: it is not kept. */
function readChoice(dark) {
  const found = { ...START, paper: dark ? "dark" : "light", title: "" };
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    // a browser that keeps nothing, or what another program wrote
  }
  for (const [key, options] of Object.entries(CHOICES)) if (options.includes(kept[key])) found[key] = kept[key];
  for (const [key, [least, most]] of Object.entries(BOUNDS)) {
    if (kept[key] >= least && kept[key] <= most) found[key] = Number(kept[key]);
  }
  if (typeof kept.legend === "boolean") found.legend = kept.legend;
  return found;
}

function keepChoice({ title: _, ...choice }) {
  try {
    localStorage.setItem(KEY, JSON.stringify(choice));
  } catch {
    // a browser that keeps nothing
  }
}
