// What is wrong with the boxes of the panel that presenter mode shows: text on text, cut or small, and room left over.
() => {
  const inside = (root) => [...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? roots(e.shadowRoot) : []));
  const roots = (root) => [root, ...inside(root)];
  const parts = roots(document).flatMap((root) => [...root.querySelectorAll("[data-panel-role~=part]")]);
  const floor = document.querySelector("[data-presenter]").getBoundingClientRect().top;
  const parentOf = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;
  const ancestors = (node) => (node ? [node, ...ancestors(parentOf(node))] : []);
  const drawn = (e) => e.closest(".plane"); // names on a map lie where their classes are

  /** Each line of text in an element, as it is seen: its words, its node, its box. */
  function linesOf(root) {
    const found = [];
    for (const element of [root, ...root.querySelectorAll("*")]) {
      if (element.shadowRoot) found.push(...[...element.shadowRoot.children].flatMap(linesOf));
      if (element.closest("option, style, script, .unseen") || drawn(element)) continue;
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      for (const node of element.childNodes) {
        if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) if (box.width > 1) found.push({ node, box, words: node.data.trim().slice(0, 30) });
      }
    }
    return found;
  }

  const lines = [...new Map(parts.flatMap(linesOf).map((line) => [`${line.words} ${line.box.x} ${line.box.y}`, line])).values()];
  const wrong = [];
  const shared = (a, b, from, to) => Math.min(a[to], b[to]) - Math.max(a[from], b[from]);
  lines.forEach((one, n) => lines.slice(n + 1).forEach((other) => {
    if (one.node === other.node) return;
    const across = shared(one.box, other.box, "left", "right");
    const down = shared(one.box, other.box, "top", "bottom");
    const least = Math.min(one.box.height, other.box.height);
    if (across > 2 && down > 0.3 * least) wrong.push(`on each other: "${one.words}", "${other.words}"`);
  }));
  const holds = (frame, box) => box.left >= frame.left - 2 && box.right <= frame.right + 2 && box.top >= frame.top - 3 && box.bottom <= frame.bottom + 3;
  const zoom = Number(getComputedStyle(document.documentElement).getPropertyValue("--panel-zoom"));
  const least = innerHeight / (innerWidth / innerHeight < 1.5 ? 66 : 50) - 0.2; // of type, in pixels of the screen
  const sizeOf = (e) => parseFloat(getComputedStyle(e).fontSize) * (e.closest(".js-plotly-plot") ? zoom : e.currentCSSZoom);
  const screen = { left: 0, right: innerWidth, top: 0, bottom: floor };
  for (const { node, box, words } of lines) {
    const size = sizeOf(node.parentElement);
    if (size < least) wrong.push(`type of ${size.toFixed(1)} pixels, at least ${least.toFixed(1)}: "${words}"`);
    if (!holds(screen, box)) wrong.push(`out of the window: "${words}"`);
    const frames = ancestors(node.parentElement).filter((e) => e instanceof HTMLElement && getComputedStyle(e).overflowX !== "visible");
    if (frames.some((frame) => !frame.matches("main, section, html, body") && !holds(frame.getBoundingClientRect(), box))) wrong.push(`cut: "${words}"`);
  }
  const boxes = parts.map((part) => part.getBoundingClientRect()).filter((box) => box.height);
  if (!boxes.length) wrong.push("no part is shown");
  for (const box of boxes) if (!holds(screen, box)) wrong.push(`a part out of the window: ${Object.values(box.toJSON()).map(Math.round)}`);
  const [top, bottom] = [Math.min(...boxes.map((box) => box.top)), Math.max(...boxes.map((box) => box.bottom))];
  const [left, right] = [Math.min(...boxes.map((box) => box.left)), Math.max(...boxes.map((box) => box.right))];
  if (right - left < 0.8 * innerWidth && bottom - top < 0.7 * floor) wrong.push(`small: ${Math.round(right - left)} x ${Math.round(bottom - top)}`);
  return wrong;
}
