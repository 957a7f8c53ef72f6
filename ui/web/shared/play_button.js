/** The button of whatever plays: it says what a press does now, play or pause. */

import { iconButton } from "./dom.js";

const PLAY = "M6 4l10 6l-10 6Z";
const PAUSE = "M6.5 4v12M13.5 4v12";

/** @returns {{element: HTMLButtonElement, show: (playing: boolean) => void}} `label` is its name while nothing plays */
export function createPlayButton(label, onclick, props = {}) {
  const element = iconButton(PLAY, label, onclick, props);
  const line = element.querySelector("path");

  function show(playing) {
    line.setAttribute("d", playing ? PAUSE : PLAY);
    element.title = playing ? "Pause" : label;
    element.setAttribute("aria-label", element.title);
  }
  return { element, show };
}
