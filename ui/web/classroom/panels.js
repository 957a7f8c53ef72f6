/** Which elements of the page and of its components are left to be seen: some parts, and what they stand in. */

const ASIDE = "data-aside";
const ALONE = "data-alone"; // the only one that is left of its siblings
const FIXED = "link, style, script, template";
const TABLE = "table, thead, tbody, tr"; // which are laid out as such, however little is left of them

/** The document, and the shadow roots of its components. */
export function roots(root = document) {
  const found = [root];
  for (const element of root.querySelectorAll("*")) if (element.shadowRoot) found.push(...roots(element.shadowRoot));
  return found;
}

/** The elements of these selectors that their page shows, in the order of the selectors. */
export function elements(selectors) {
  const all = roots();
  return selectors.flatMap((selector) => all.flatMap((root) => [...root.querySelectorAll(selector)])).filter(shown);
}

function shown(element) {
  for (let node = element; node; node = node.parentElement ?? node.getRootNode().host) {
    if (node.hidden || node.classList.contains("off")) return false;
  }
  return true;
}

/**
 * Leave these and what they stand in; all else of the app is put aside.
 * @returns {boolean} whether anything had to be changed
 */
export function keepOnly(parts) {
  const path = new Set(parts);
  for (const part of parts) for (let node = part; (node = node.parentNode ?? node.host) && node.id !== "root"; ) path.add(node);
  const aside = new Set();
  const alone = new Set();
  for (const node of path) {
    if (parts.includes(node)) continue;
    const children = [...node.children].filter((child) => !child.matches(FIXED));
    const kept = children.filter((child) => path.has(child));
    for (const child of children) if (!path.has(child)) aside.add(child);
    if (kept.length === 1 && node.matches?.(`:not(${TABLE})`)) alone.add(node);
  }
  return [mark(ASIDE, aside), mark(ALONE, alone)].some(Boolean);
}

export function keepAll() {
  for (const name of [ASIDE, ALONE]) mark(name, new Set());
}

function mark(name, wanted) {
  let changed = false;
  for (const root of roots()) {
    for (const element of root.querySelectorAll(`[${name}]`)) {
      if (wanted.has(element)) continue;
      element.removeAttribute(name);
      changed = true;
    }
  }
  for (const element of wanted) {
    if (element.hasAttribute(name)) continue;
    element.setAttribute(name, "");
    changed = true;
  }
  return changed;
}
