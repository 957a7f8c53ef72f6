/**
 * The session of one tab: it is outside of a room, leads one, follows in one, or explores in one by itself. Any action of the
 * visitor on a control ends following. sessionStorage holds the session, so that a reload comes back to the same room.
 */

import { follow, goAlone, lead, readParts } from "../shared/room_sync.js";
import { createStore } from "../shared/store.js";
import { canGo, dropInvitation, goTo, invitation, isElsewhere, nameOf, whereNow } from "./page_location.js";
import { connect } from "./socket.js";

const STORAGE_KEY = "vae_lab_room";
const POLL_MS = 250; // between two readings of the leading page's link; its components report their changes themselves
const OUT = { phase: "out", code: "", leads: false, owns: false, follows: true, linked: false, invitation: null, here: null, question: null, tally: null, away: null };

/**
 * @param {{live: string[], models: string[]}} names  see page_location.js
 * @returns the store of the session, and the actions of the visitor
 */
export function createRoomSession(names) {
  const store = createStore({ ...OUT, sentence: "", lesson: null });
  const { state } = store;
  const saved = readSaved();
  let socket = null;
  let view = null; // the latest view of the teacher
  let lastTarget = ""; // name of the place to which the page was last navigated
  let navigationTimer = 0;
  let lastSentJson = ""; // the view that was last sent
  let pollTimer = 0;

  const save = () => sessionStorage.setItem(STORAGE_KEY, JSON.stringify({ ...saved, code: state.code, follows: state.follows }));
  const send = (message) => {
    if (!socket?.send(message)) store.set({ sentence: "There is no connection just now: try again when it is back." });
  };

  function open(code) {
    socket?.close();
    store.set({ ...OUT, phase: "joining", code, follows: code !== saved.code || saved.follows, sentence: "" });
    const first = () => ({ do: state.code ? "join" : "start", code: state.code, tab: saved.tab, at: new URL(".", document.baseURI).pathname });
    socket = connect(first, { onMessage, onLost: () => store.set({ linked: false }) });
  }

  function onMessage(message) {
    for (const [kind, value] of Object.entries(message)) handlers[kind]?.(value);
  }

  const handlers = {
    room: ({ code, leads, owns, link, side, path }) => {
      store.set({ phase: "in", linked: true, code, leads, owns, invitation: link ? { link, side, path } : null, sentence: "", ...(leads && { follows: true }) });
      save();
      if (leads) startLeading();
      else stopLeading();
      if (!leads && !state.follows) send({ do: "follow", on: false });
    },
    view: (latest) => {
      view = latest;
      applyTeacherView();
    },
    question: (question) => store.set({ question, ...(question?.id !== state.question?.id && { tally: null }) }),
    tally: (tally) => store.set({ tally }),
    here: (here) => store.set({ here }),
    sorry: (sentence) => store.set({ sentence }),
    refused: leaveWith,
    ended: end,
  };

  function leaveWith(sentence) {
    socket?.close();
    socket = view = null;
    stopLeading();
    goAlone();
    store.set({ ...OUT, sentence });
    save();
  }

  /** For good: what was over may not be invited to again. One that is only full or not there yet may be tried again. */
  function end(sentence) {
    leaveWith(sentence);
    dropInvitation();
  }

  function startLeading() {
    clearInterval(pollTimer);
    lastSentJson = lastTarget = "";
    view = null;
    lead(sendView);
    sendView();
    pollTimer = setInterval(sendView, POLL_MS);
  }

  function stopLeading() {
    clearInterval(pollTimer);
    if (state.phase === "in" && !state.leads && state.follows) applyTeacherView();
  }

  /** Send the view of this page if it has changed. While the connection is busy nothing is sent: the next call does it. */
  function sendView() {
    const current = { ...whereNow(), parts: readParts() };
    const json = JSON.stringify(current);
    if (json !== lastSentJson && !socket?.isBusy() && socket?.send({ do: "view", ...current })) lastSentJson = json;
  }

  /** Show the teacher's view. If this needs a rerun, wait for a random time first, so that the class spreads its reruns. */
  function applyTeacherView() {
    if (!view || state.leads || !state.follows) return;
    follow(view.parts);
    const target = nameOf(view, names);
    if (navigationTimer || document.hidden || target === lastTarget || !isElsewhere(view, names)) return;
    navigationTimer = setTimeout(() => {
      navigationTimer = 0;
      if (!view || state.leads || !state.follows || !isElsewhere(view, names) || !canGo()) return;
      lastTarget = nameOf(view, names);
      goTo(view);
    }, 1000 * view.spread * Math.random());
  }

  function setFollows(follows) {
    if (state.phase !== "in" || state.leads || follows === state.follows) return;
    store.set({ follows });
    save();
    send({ do: "follow", on: follows });
    lastTarget = "";
    if (follows) return applyTeacherView();
    clearTimeout(navigationTimer);
    navigationTimer = 0;
    goAlone();
  }

  document.addEventListener("visibilitychange", applyTeacherView);
  setInterval(applyTeacherView, 1000); // again for a page that was loading and could not navigate

  const invited = invitation();
  if (invited && invited !== saved.invited) {
    saved.invited = invited; // a link invites once: a reload does not join again after leaving
    open(invited);
    save();
  } else if (saved.code) open(saved.code);

  return {
    store,
    start: () => open(""),
    join: open,
    leave: () => end(""),
    stopFollowing: () => setFollows(false),
    followAgain: () => setFollows(true),
    send,
  };
}

function readSaved() {
  const fresh = { tab: crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-"), code: "", follows: true, invited: "" };
  try {
    return { ...fresh, ...JSON.parse(sessionStorage.getItem(STORAGE_KEY)) };
  } catch {
    return fresh;
  }
}

const CONTROLS = "button, input, select, textarea, a[href], canvas, [role=application], [role=slider], [role=option], [role=combobox], [contenteditable]";
const READING = "summary, [data-testid=stMainMenu], [data-testid=header-tools]";
const MOVING = ["Tab", "Shift", "Control", "Alt", "Meta", "Escape", "PageUp", "PageDown", "?"];

/**
 * Call `onAction` whenever the visitor operates a control of the page.
 * @param {Element} own  the room's own controls, which do not count
 * @param {() => void} onAction
 */
export function listenForActions(own, onAction) {
  const elements = (event) => event.composedPath().filter((element) => element instanceof Element);
  const counts = (event) => {
    const path = elements(event);
    return event.isTrusted && !path.includes(own) && !path.some((element) => element.matches(READING)) && path.some((element) => element.matches(CONTROLS));
  };
  // A touch on a control may begin a scroll: it counts as an action on a click, or at once on elements that do not scroll.
  const presses = (event) => event.pointerType !== "touch" || getComputedStyle(elements(event)[0]).touchAction === "none";
  const listen = (name, test) => addEventListener(name, (event) => test(event) && counts(event) && onAction(), { capture: true, passive: true });
  listen("pointerdown", presses);
  listen("click", () => true);
  listen("input", () => true);
  listen("keydown", ({ key }) => !MOVING.includes(key));
}
