"""Scripts that run in a page before its own, and time it as it is: the page need not know.

Both count up to the end of the animation frame in which the new picture was drawn; the screen's own time comes on top.
"""

# Wraps requestAnimationFrame and putImageData. For each frame in which the decoded picture was drawn, milliseconds:
# `at` is the frame's own time, `work` what the callback took that drew it, `since` how long before its end the last
# move of the pointer had been made.
FRAMES = """
(() => {
  const notes = (window.frameNotes = []);
  let drawn = false;
  let moved = 0;
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    if (this.canvas.dataset.testid === "decoded") drawn = true;
    return put.apply(this, given);
  };
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
