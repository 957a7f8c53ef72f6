/** Keeps what sticks to the foot of the page above the sheet of a lesson, where that lies across the whole window. */

const SHEET = ".st-key-lesson_panel";

/** Sets --foot of `root`: how much of the foot of the window is covered. `look` finds the sheet that is there now. */
export function createStickyFooter(root) {
  let sheet = null;
  const observer = new ResizeObserver(() => {
    const { width, height } = sheet.getBoundingClientRect();
    root.style.setProperty("--foot", `${width < innerWidth - 1 ? 0 : height}px`);
  });

  function look() {
    const found = document.querySelector(SHEET);
    if (found === sheet) return;
    observer.disconnect();
    sheet = found;
    if (sheet) observer.observe(sheet);
    else root.style.removeProperty("--foot");
  }
  return { look, stop: () => observer.disconnect() };
}
