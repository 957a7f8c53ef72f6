/**
 * A browser that translates a page puts elements of its own in place of the page's texts. React, which has made the texts,
 * later removes or goes by nodes that are no longer where it put them, and the whole page ends in an error. Here such a
 * removal does nothing, and such an insertion goes to the end.
 */

const DONE = Symbol.for("vae-lab-translated-page");

export function allowTranslation() {
  if (Node.prototype[DONE]) return;
  const { removeChild, insertBefore } = Node.prototype;
  Node.prototype[DONE] = true;
  Node.prototype.removeChild = function (child) {
    return child.parentNode === this ? removeChild.call(this, child) : child;
  };
  Node.prototype.insertBefore = function (node, before) {
    return insertBefore.call(this, node, before?.parentNode === this ? before : null);
  };
}
