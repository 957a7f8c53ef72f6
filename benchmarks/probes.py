"""Scripts that run in a page before its own, and time it as it is: the page need not know.

Both count up to the end of the animation frame in which the new picture was drawn; the screen's own time comes on top.
"""

# Wraps requestAnimationFrame and what paints a canvas. For each frame in which the watched canvas was painted,
# milliseconds: `at` is the frame's own time, `work` what the callback took that painted it, `since` how long before its
# end the last move of the pointer had been made.
_FRAMES = """
(() => {
  const notes = (window.frameNotes = []);
  let drawn = false;
  let moved = 0;
  const canvases = CanvasRenderingContext2D.prototype;
  for (const name of ["putImageData", "drawImage", "fillRect"]) {
    const paint = canvases[name];
    canvases[name] = function (...given) {
      drawn ||= this.canvas.closest?.("[data-testid=WATCHED]") != null;
      return paint.apply(this, given);
    };
  }
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => ask((at) => {
    drawn = false;
    const begun = performance.now();
    callback(at);
    const ended = performance.now();
    if (drawn) notes.push({ at, work: ended - begun, since: ended - moved });
  });
  addEventListener("pointermove", (event) => (moved = event.timeStamp), { capture: true });
})();
"""


def frames(watched: str) -> str:
    """Notes, in `window.frameNotes`, each frame that paints the canvas with this test id, or one within it."""
    return _FRAMES.replace("WATCHED", watched)


# When a canvas first has coloured pixels, in `window.colouredAt`, milliseconds since the page began to load; and in
# `window.frameGaps` the time between animation frames from the first move of a drag to the first frame after its end.
_COLOURED = """
(() => {
  const gaps = (window.frameGaps = []);
  const small = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
  const g = small.getContext("2d", { willReadFrequently: true });
  const find = (root) => {
    const found = root.querySelector("WATCHED");
    if (found) return found;
    for (const host of root.querySelectorAll("*")) {
      const within = host.shadowRoot && find(host.shadowRoot);
      if (within) return within;
    }
    return null;
  };
  const isColoured = (canvas) => {
    if (!canvas?.width) return false;
    g.clearRect(0, 0, 64, 64);
    g.drawImage(canvas, 0, 0, 64, 64);
    const { data } = g.getImageData(0, 0, 64, 64);
    for (let p = 0; p < data.length; p += 4) if (Math.abs(data[p] - data[p + 2]) > 60) return true;
    return false;
  };
  let moving = false;
  let last = 0;
  addEventListener("pointermove", (event) => (moving = event.buttons === 1), { capture: true });
  addEventListener("pointerup", () => (moving = false), { capture: true });
  let looked = 0;
  const frame = (at) => {
    if (last) gaps.push(at - last);
    last = moving ? at : 0;
    if (!window.colouredAt && at - looked > 50) {
      looked = at;
      if (isColoured(find(document))) window.colouredAt = performance.now();
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})();
"""


def coloured(watched: str) -> str:
    """Notes when the canvas that this selector finds has coloured pixels, and the gaps between frames of a drag."""
    return _COLOURED.replace("WATCHED", watched)


# From the making of a key press to the end of the frame in which the next new picture is drawn, milliseconds.
KEY_TO_PICTURE = """
(() => {
  const waits = (window.waits = []);
  let made = 0;
  addEventListener("keydown", (event) => (made = event.timeStamp), { capture: true });
  document.addEventListener("load", (event) => { // it never reaches the window
    if (event.target.tagName !== "IMG" || !made) return;
    const pressed = made;
    made = 0;
    requestAnimationFrame(() => waits.push(performance.now() - pressed));
  }, { capture: true });
})();
"""
