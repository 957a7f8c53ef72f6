/**
 * What keys do. Who listens to keys declares them once, as bindings: from these the key is carried out, and the list of
 * keys is made that a visitor opens with "?".
 *
 * @typedef {Object} Binding
 * @property {string[]} keys  as `KeyboardEvent.key` names them
 * @property {string} shown  the keys as people read them
 * @property {string} words  what they do, as in "Zoom in"
 * @property {boolean} [control]  whether they are pressed together with Control or ⌘
 * @property {(event: KeyboardEvent) => void} act
 */

const elements = new Set(); // references to those that listen, which hold none that is gone
const groups = new WeakMap(); // by element

/**
 * Put bindings on the list for as long as their element is on the page.
 * @param {Element} element
 * @param {string} title  where the keys work
 * @param {() => Binding[]} bindings  those that work at present
 */
export function listBindings(element, title, bindings) {
  elements.add(new WeakRef(element));
  groups.set(element, { title, bindings });
}

/** @returns {Binding | undefined} what the key of an event does: the first that has it; with Alt no key is bound */
export function bindingOf(bindings, event) {
  if (event.altKey) return undefined;
  const held = event.ctrlKey || event.metaKey;
  return bindings.find(({ keys, control = false }) => control === held && keys.includes(event.key));
}

/** Carry out what the key of an event does, if anything: then nobody else gets it. */
export function pressKey(bindings, event) {
  const binding = bindingOf(bindings, event);
  if (!binding) return;
  binding.act(event);
  event.preventDefault();
  event.stopPropagation(); // the page has shortcuts of its own
}

/** @returns {{title: string, bindings: Binding[]}[]} what can be seen on the page, from the top, each title once */
export function readBindings() {
  for (const element of elements) if (!element.deref()?.isConnected) elements.delete(element);
  const seen = [...elements].map((element) => element.deref()).filter((element) => element.checkVisibility());
  const topOf = (element) => element.getBoundingClientRect().top;
  const listed = seen.sort((a, b) => topOf(a) - topOf(b)).map((element) => groups.get(element));
  const groupOf = ({ title, bindings }) => ({ title, bindings: firstOfEach(bindings(), "shown") });
  return firstOfEach(listed, "title").map(groupOf);
}

function firstOfEach(all, key) {
  return all.filter((one, n) => all.findIndex((other) => other[key] === one[key]) === n);
}
