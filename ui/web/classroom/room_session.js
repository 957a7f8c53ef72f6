/**
 * One tab's part in a room: outside of it, leading it, following it, or in it and on its own; and what counts as an act of the
 * visitor's own, which ends following. It is kept for the tab, so that a reload comes back to the same room.
 */

import { follow, goAlone, lead, readParts } from "../shared/room_sync.js";
import { createStore } from "../shared/store.js";
import { canGo, goTo, invitation, isElsewhere, nameOf, whereNow } from "./page_location.js";
import { connect } from "./socket.js";

const KEPT = "vae_lab_room";
const LOOK_MS = 250; // between two looks at the page of the one who leads, beside its components' own changes
const OUT = { phase: "out", code: "", leads: false, owns: false, follows: true, linked: false, invitation: null, here: null, question: null, tally: null, away: null };

/**
 * @param {{live: string[], models: string[]}} names  see page_location.js
 * @returns the store of what is shown, and what a visitor may do
 */
export function createRoomSession(names) {
  const store = createStore({ ...OUT, sentence: "" });
  const { state } = store;
  const kept = readKept();
  let socket = null;
  let view = null; // what the teacher shows
  let been = ""; // the place that the page was last sent to
  let going = 0;
  let told = ""; // JSON of the view that was last sent
  let watch = 0;

  const keep = () => sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, code: state.code, follows: state.follows }));
  const send = (message) => {
    if (!socket?.send(message)) store.set({ sentence: "There is no connection just now: try again when it is back." });
  };

  function open(code) {
    socket?.close();
    store.set({ ...OUT, phase: "joining", code, follows: code !== kept.code || kept.follows, sentence: "" });
    const first = () => ({ do: state.code ? "join" : "start", code: state.code, tab: kept.tab, at: new URL(".", document.baseURI).pathname });
    socket = connect(first, { heard, lost: () => store.set({ linked: false }) });
  }

  function heard(message) {
    for (const [name, value] of Object.entries(message)) hears[name]?.(value);
  }

  const hears = {
    room: ({ code, leads, owns, link, side, path }) => {
      store.set({ phase: "in", linked: true, code, leads, owns, invitation: link ? { link, side, path } : null, sentence: "", ...(leads && { follows: true }) });
      keep();
      if (leads) startLeading();
      else stopLeading();
      if (!leads && !state.follows) send({ do: "follow", on: false });
    },
    view: (next) => {
      view = next;
      keepUp();
    },
    question: (question) => store.set({ question, ...(question?.id !== state.question?.id && { tally: null }) }),
    tally: (tally) => store.set({ tally }),
    here: (here) => store.set({ here }),
    sorry: (sentence) => store.set({ sentence }),
    refused: leaveWith,
    ended: leaveWith,
  };

  function leaveWith(sentence) {
    socket?.close();
    socket = view = null;
    stopLeading();
    goAlone();
    store.set({ ...OUT, sentence });
    keep();
  }

  function startLeading() {
    clearInterval(watch);
    told = been = "";
    view = null;
    lead(tell);
    tell();
    watch = setInterval(tell, LOOK_MS);
  }

  function stopLeading() {
    clearInterval(watch);
    if (state.phase === "in" && !state.leads && state.follows) keepUp();
  }

  /** Say what is shown, if that is new; where the line is slow, what is shown by the time that it is free again. */
  function tell() {
    const next = { ...whereNow(), parts: readParts() };
    const json = JSON.stringify(next);
    if (json !== told && !socket?.isBusy() && socket?.send({ do: "view", ...next })) told = json;
  }

  /** Show what the teacher shows; where that needs the server, at a moment of one's own, so that it is not asked by all at once. */
  function keepUp() {
    if (!view || state.leads || !state.follows) return;
    follow(view.parts);
    const name = nameOf(view, names);
    if (going || document.hidden || name === been || !isElsewhere(view, names)) return;
    going = setTimeout(() => {
      going = 0;
      if (!view || state.leads || !state.follows || !isElsewhere(view, names) || !canGo()) return;
      been = nameOf(view, names);
      goTo(view);
    }, 1000 * view.spread * Math.random());
  }

  function setFollows(follows) {
    if (state.phase !== "in" || state.leads || follows === state.follows) return;
    store.set({ follows });
    keep();
    send({ do: "follow", on: follows });
    been = "";
    if (follows) return keepUp();
    clearTimeout(going);
    going = 0;
    goAlone();
  }

  document.addEventListener("visibilitychange", keepUp);
  setInterval(keepUp, 1000); // a page that was still loading when it was to go elsewhere

  const invited = invitation();
  if (invited && invited !== kept.invited) {
    kept.invited = invited; // once: a reload comes back to where one is by then, or stays outside
    open(invited);
    keep();
  } else if (kept.code) open(kept.code);

  return {
    store,
    start: () => open(""),
    join: open,
    leave: () => leaveWith(""),
    letGo: () => setFollows(false),
    followAgain: () => setFollows(true),
    send,
  };
}

function readKept() {
  const fresh = { tab: crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-"), code: "", follows: true, invited: "" };
  try {
    return { ...fresh, ...JSON.parse(sessionStorage.getItem(KEPT)) };
  } catch {
    return fresh;
  }
}

const TOOLS = "button, input, select, textarea, a[href], canvas, [role=application], [role=slider], [role=option], [role=combobox], [contenteditable]";
const READING = "summary, [data-testid=stMainMenu]";
const MOVING = ["Tab", "Shift", "Control", "Alt", "Meta", "Escape", "PageUp", "PageDown"];

/**
 * @param {Element} own  the room's own controls, which do not count
 * @param {() => void} acted
 */
export function listenForActions(own, acted) {
  const elements = (event) => event.composedPath().filter((element) => element instanceof Element);
  const counts = (event) => {
    const path = elements(event);
    return event.isTrusted && !path.includes(own) && !path.some((element) => element.matches(READING)) && path.some((element) => element.matches(TOOLS));
  };
  // A finger that touches a control may be about to scroll: it counts once it is a click, or where it cannot scroll.
  const presses = (event) => event.pointerType !== "touch" || getComputedStyle(elements(event)[0]).touchAction === "none";
  const listen = (name, test) => addEventListener(name, (event) => test(event) && counts(event) && acted(), { capture: true, passive: true });
  listen("pointerdown", presses);
  listen("click", () => true);
  listen("input", () => true);
  listen("keydown", ({ key }) => !MOVING.includes(key));
}
