// Follows the focus as Tab moves it, through the shadow roots of components: what it reaches, and whether it is seen.
(() => {
  const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
  const LOOK = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderColor", "backgroundColor", "opacity", "color"];
  const reached = new Set();
  const blind = [];
  let first = null;
  let last = null;

  const roots = (root) =>
    [root, ...[...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? roots(e.shadowRoot) : []))];
  const up = (e) => e.parentElement ?? e.getRootNode().host ?? null;
  const named = (e) => {
    const name = e.getAttribute("aria-label") ?? e.dataset.testid ?? e.className;
    return `${e.tagName.toLowerCase()} ${name} ${e.innerText?.slice(0, 30) ?? ""}`.trim();
  };
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width > 0;
  /** Of radio buttons, and of Streamlit's rows of buttons, one is a stop, and arrow keys go to the others. */
  const group = (e) =>
    e.type === "radio" ? `${e.name} ${roots(document).indexOf(e.getRootNode())}` : (e.closest("[data-testid=stButtonGroup]") ?? e);

  /** All that a focus ring can change: of the element, and of what it stands in. A ring that fades in or out has done so. */
  function look(element) {
    const parts = [];
    for (let node = element, k = 0; node && k < 5; node = up(node), k++) {
      node.getAnimations().forEach((animation) => animation instanceof CSSTransition && animation.finish());
      const style = getComputedStyle(node);
      parts.push(...LOOK.map((name) => style[name]));
    }
    return parts.join();
  }

  function focused() {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element === document.body ? null : element;
  }

  window.walk = {
    /** Call it after each Tab; false when the focus has come round. */
    step() {
      const element = focused();
      if (last && last.element !== element && last.element.isConnected && look(last.element) === last.look) {
        blind.push(named(last.element));
      }
      last = element && { element, look: look(element) };
      if (!element || element === first) return false;
      first ??= element;
      reached.add(group(element));
      return true;
    },
    result: () => [
      reached.size,
      roots(document)
        .flatMap((root) => [...root.querySelectorAll(FOCUSABLE)])
        .filter((e) => e.tabIndex >= 0 && !e.matches(":disabled") && shown(e) && !reached.has(group(e)))
        .map(named),
      blind,
    ],
  };
})();
