/**
 * Shows the parts of one panel and hides the rest of the page. The nearest element around all parts becomes a grid, and
 * what lies between it and a part has no box, so that each part is a cell wherever it is in the page. Type is as large
 * as the window has room for: CSS `zoom` enlarges the page.
 */

import { enlarge } from "../shared/canvas.js";

// aside (hidden), block (its one child is left), grid, gone (it has no box of its own), part, part chart
const ROLE = "data-panel-role";
const FIXED = "link, style, script, template";
const TABLE = "table, thead, tbody, tr"; // which are laid out as such, however little is left of them
const LETTERS = "abcdefghijklmnop"; // of the parts, in the rows of a panel
const PROPERTIES = ["zoom", "height", "room", "top"].map((name) => `--panel-${name}`);

export function createPanelLayout() {
  const [rules, cellRules] = [new CSSStyleSheet(), new CSSStyleSheet()]; // of all panels, of the shown one
  const withoutOurs = (root) => root.adoptedStyleSheets.filter((sheet) => ![rules, cellRules].includes(sheet));
  let seen = "";
  let zoom = Infinity; // type only becomes smaller: strips whose length follows the type would never rest
  rules.replaceSync(STYLE);

  /** Show a panel, and a lesson beside it, above what stands at the foot of the screen; undefined is the whole page. */
  function show(panel, lesson, foot) {
    const cells = panel ? cellsOf(panel) : [];
    const parts = cells.map(({ element }) => element);
    const changed = mark(rolesOf(parts, lesson));
    const sizeOf = ({ letter, element }) => letter + Math.round(element.offsetHeight / 8);
    const sizes = () => [panel?.title, ...cells.map(sizeOf)].join();
    const room = roomAbove(Math.max(foot, ...lesson.map(footOf)));
    const fits = !parts.length || zoom <= LEAST || heightOf(parts) <= room + 1;
    const tall = !changed && seen !== "" && !fits; // since its last fit
    if (!changed && !tall && sizes() === seen) return;
    if (changed) zoom = Infinity;
    if (tall) zoom *= SMALLER;
    if (panel) place(panel, cells);
    for (const root of roots()) root.adoptedStyleSheets = [...withoutOurs(root), rules, cellRules];
    zoom = fitted(parts, room, zoom);
    enlarge(zoom); // canvases repaint when their size changes
    seen = sizes();
  }

  /** Place the cells by a sheet: elements keep their own styles. The last row takes what a plane beside it leaves. */
  function place(panel, cells) {
    const { columns, rows } = gridOf(panel, cells);
    const lines = rows.map((row, n) => `"${row}" ${n < rows.length - 1 ? "auto" : "1fr"}`);
    const grid = `[${ROLE}="grid"] { grid-template: ${lines.join(" ")} / ${columns.join(" ")} !important; }`;
    const areas = cells.map(({ letter, part }) => `:is(${part})[${ROLE}~="part"] { grid-area: ${letter} !important; }`);
    cellRules.replaceSync([grid, ...areas].join("\n"));
  }

  function remove() {
    mark(new Map());
    enlarge(1);
    for (const name of PROPERTIES) document.documentElement.style.removeProperty(name);
    for (const root of roots()) root.adoptedStyleSheets = withoutOurs(root);
    forget();
  }

  /** The window or the panel is another one. */
  function forget() {
    seen = "";
    zoom = Infinity;
  }
  return { show, remove, forget };
}

/** The parts that are shown: each with its letter and its selector. */
function cellsOf({ parts }) {
  const shown = parts.map((part, n) => ({ letter: LETTERS[n], part, element: elements(part)[0] }));
  return shown.filter(({ element }) => element);
}

/** Columns and rows of a panel without those that would be empty. */
function gridOf({ parts, rows, columns }, cells) {
  const shown = cells.map(({ letter }) => letter);
  const nameOf = (letter) => (shown.includes(letter) ? letter : ".");
  const wanted = rows.length ? rows : parts.map((_, n) => LETTERS[n]);
  const left = wanted.map((row) => [...row]).filter((row) => row.some((letter) => shown.includes(letter)));
  const used = left[0].map((_, n) => left.some((row) => shown.includes(row[n])));
  const widths = columns.length ? columns : left[0].map(() => "minmax(0, 1fr)");
  return {
    columns: widths.filter((_, n) => used[n]),
    rows: left.map((row) => row.filter((_, n) => used[n]).map(nameOf).join(" ")),
  };
}

// Of a panel, and of what its parts need where they are large and alone.
const CHART = `[${ROLE}="part chart"]`; // which Streamlit draws
const STYLE = `
  [${ROLE}="aside"] { display: none !important; }
  [${ROLE}="block"] { display: block !important; width: auto !important; max-width: none !important; }
  [${ROLE}="gone"] { display: contents !important; }
  [${ROLE}="grid"] {
    display: grid !important; gap: 14px 28px; align-items: start; justify-content: center;
    margin-top: var(--panel-top) !important; padding: 0 !important; border: 0 !important;
  }
  [${ROLE}~="part"] { order: 0 !important; min-width: 0; margin: 0; }
  [${ROLE}~="part"].panel { border-top: 0; padding-top: 0; }
  [${ROLE}~="part"] .folds { display: none; }
  .plane { width: min(100%, var(--panel-room)) !important; margin-inline: auto !important; }
  .clock, .scrubber, .morph, .frame-row, .decoded { position: static !important; }
  .decoded figure .pixels { width: min(100%, calc(var(--panel-height) * 0.5)) !important; }
  .plane :is(.coach, .hint) { display: none !important; }
  .numbers dl { grid-template-columns: minmax(0, 1fr); }
  .numbers dl > div {
    display: flex; flex-wrap: wrap; gap: 0 24px; justify-content: space-between; align-items: baseline;
  }
  .numbers .note:not([hidden]) { display: block; font-size: 19px; }
  .numbers dt > span:last-of-type { display: inline !important; }
  .numbers dt, .numbers .term { font-size: 19px; }
  .numbers dd { font-size: 44px; }
  .triple { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px 24px; }
  .triple .pair { display: contents; }
  .triple .pair button { grid-column: 3; justify-self: start; }
  .triple .pixels { max-width: calc(var(--panel-height) * 0.6); }
  .frame-row { grid-template-columns: minmax(0, 1fr); gap: 8px; }
  .frame-row .pixels { width: min(100%, calc(var(--panel-height) * 0.2)); }
  .curves .plot { height: calc(var(--panel-height) * 0.24); }
  .curves .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .curves :is(.under, .save) { display: none; }
  .followed { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .followed .strip-of { grid-template-columns: repeat(5, minmax(0, calc(var(--panel-height) * 0.13))); }
  .followed .key { font-size: 13px; }
  .grids { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .one-grid .film-holder { max-width: calc(var(--panel-height) * 0.66); }
  .cells { grid-template-columns: repeat(14, minmax(0, 1fr)) !important; }
  .cells.weights { grid-template-columns: repeat(8, minmax(0, 1fr)) !important; }
  .gan-plane .square { max-width: calc(var(--panel-height) * 0.8) !important; }
  .families-table :is(td, th) { white-space: normal; }
  .families-table td:last-child { min-width: 0; }
  .writing { width: min(100%, calc(var(--panel-height) * 1.05)); }
  .writing figcaption { font-size: 16px; }
  :is(.writing, .families-table) .note { display: none; }
  .gan-judges .square { max-width: calc(var(--panel-height) * 0.45); }
  .sliders.many { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  ${/* Streamlit measures a chart's place on the screen. Plotly knows of transforms and not of zoom. */ ""}
  ${CHART} { height: var(--panel-room); overflow: visible !important; }
  ${CHART} [data-testid="stFullScreenFrame"] {
    width: calc(100% / var(--panel-zoom)) !important; height: calc(var(--panel-room) / var(--panel-zoom)) !important;
  }
  [data-testid="stPlotlyChart"] > .js-plotly-plot {
    zoom: calc(1 / var(--panel-zoom)); transform: scale(var(--panel-zoom)); transform-origin: 0 0;
  }
`;

const LINES = 600; // CSS pixels of height at the least zoom: text of 15 is a fortieth of the screen's height
const MOST = 2; // times the least zoom
const MOST_ON_PLANE = 1.2; // with a plane or a chart, on which larger names would hide what they name
const MARGIN = 24; // above and below, in CSS pixels of the screen
const HALVINGS = 5;
const LEAST = 0.3; // a panel that does not fit at this zoom is left to scroll
const SMALLER = 0.97; // the most zoom of the next fit where the panel has become too tall
const SHARES = [1, 0.9, 0.8, 0.7, 0.6, 0.5]; // of the height, for a plane or a chart where the panel has more to show

/**
 * Sets the zoom, and the height that a plane or a chart may take, on the page.
 * @param {HTMLElement[]} parts  of the panel
 * @param {number} room  height for the panel
 * @param {number} ceiling  for the zoom
 * @returns {number} the zoom
 */
function fitted(parts, room, ceiling) {
  const least = Math.max(1, innerHeight / LINES);
  const page = document.documentElement.style;
  const fits = (zoom, share) => {
    page.setProperty("--panel-zoom", zoom);
    page.setProperty("--panel-height", `${(room / zoom).toFixed(1)}px`);
    page.setProperty("--panel-room", `${((share * room) / zoom).toFixed(1)}px`);
    return heightOf(parts) <= room && !parts.some(spills);
  };
  page.setProperty("--panel-top", "0px");
  const share = SHARES.find((part) => fits(least, part));
  if (!parts.length) return fits(least, SHARES[0]), least; // the page scrolls
  const named = parts.some((part) => part.matches(`.plane, ${CHART}, .curves`));
  const most = Math.min(ceiling, least * (named ? MOST_ON_PLANE : MOST));
  let [low, high] = share ? [Math.min(least, most), most] : [least / MOST, least];
  const chosen = share ?? SHARES.at(-1);
  for (let n = 0; n < HALVINGS; n++) {
    const middle = (low + high) / 2;
    if (fits(middle, chosen)) low = middle;
    else high = middle;
  }
  fits(low, chosen);
  page.setProperty("--panel-top", `${(Math.max(0, room - heightOf(parts)) / 2 / low).toFixed(1)}px`);
  return low;
}

/** The height from the top of the screen to its foot, in CSS pixels of the screen. */
const roomAbove = (foot) => innerHeight - foot - 2 * MARGIN;

/** The height of a panel on the screen. */
function heightOf(parts) {
  const boxes = parts.map((part) => part.getBoundingClientRect()).filter((box) => box.height);
  return Math.max(...boxes.map((box) => box.bottom)) - Math.min(...boxes.map((box) => box.top));
}

/** How much of the screen's height a lesson takes at its foot: none where it stands at the side. */
function footOf(lesson) {
  const { top, width } = lesson.getBoundingClientRect();
  return width > 0.9 * innerWidth ? innerHeight - top : 0;
}

/** Whether something in a part of our components is wider than its place. Planes and plots cut what lies on them. */
function spills(part) {
  if (!part.closest(".pad")) return false;
  return [part, ...part.querySelectorAll("*")].some((element) => {
    if (element.clientWidth < 2 || element.scrollWidth <= element.clientWidth + 1) return false;
    return !element.closest(".plane, .plot, .film-holder") && getComputedStyle(element).overflowX === "visible";
  });
}

/** The document, and the shadow roots of its components. */
function roots(root = document) {
  const found = [root];
  for (const element of root.querySelectorAll("*")) if (element.shadowRoot) found.push(...roots(element.shadowRoot));
  return found;
}

/** The elements of a selector that their page shows. */
export function elements(selector) {
  return roots().flatMap((root) => [...root.querySelectorAll(selector)]).filter(isShown);
}

function isShown(element) {
  for (let node = element; node; node = parentOf(node)) if (node.hidden || node.classList.contains("off")) return false;
  return true;
}

/** The element around this one as it is drawn: of what lies in a slot, the slot. */
const parentOf = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;

/** What is drawn in an element. */
function childrenOf(node) {
  if (node.localName === "slot" && node.assignedElements().length) return node.assignedElements();
  return [...(node.shadowRoot ?? node).children].filter((child) => !child.matches(FIXED));
}

/** The elements around this one up to the app's root. */
function pathOf(element) {
  const path = [];
  const ends = (node) => !node || node.id === "root" || node === document.body;
  for (let node = parentOf(element); !ends(node); node = parentOf(node)) path.push(node);
  return path;
}

/** The role of each element on the way to a part, and of what has to be hidden. */
function rolesOf(parts, lesson) {
  const roles = new Map();
  if (!parts.length) return roles;
  const [path, ...others] = parts.map(pathOf);
  const grid = path.find((node) => others.every((other) => other.includes(node)));
  const beside = new Set([...lesson, ...lesson.flatMap(pathOf)]);
  const kept = new Set([...parts, ...path, ...others.flat(), ...beside]);
  for (const node of kept) {
    if (node.localName === "details" && !node.open) node.open = true;
    if (parts.includes(node) || lesson.includes(node)) continue;
    const children = childrenOf(node);
    for (const child of children) if (!kept.has(child)) roles.set(child, "aside");
    if (node.matches(TABLE)) continue;
    if (node === grid) roles.set(node, "grid");
    else if (!pathOf(grid).includes(node) && !beside.has(node)) roles.set(node, "gone");
    else if (children.filter((child) => kept.has(child)).length === 1) roles.set(node, "block");
  }
  for (const part of parts) roles.set(part, part.querySelector("[data-testid=stPlotlyChart]") ? "part chart" : "part");
  return roles;
}

/** Gives each element its role, and no other element one; says whether anything had to be changed. */
function mark(wanted) {
  const before = roots().flatMap((root) => [...root.querySelectorAll(`[${ROLE}]`)]);
  const changed = [...wanted].filter(([element, role]) => element.getAttribute(ROLE) !== role);
  const left = before.filter((element) => !wanted.has(element));
  for (const element of left) element.removeAttribute(ROLE);
  for (const [element, role] of changed) element.setAttribute(ROLE, role);
  return changed.length + left.length > 0;
}
