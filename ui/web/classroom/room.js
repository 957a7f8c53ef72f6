/**
 * The corner of every page that belongs to the room: a button in the header, the panel that it opens, and the card of a
 * question. It lies outside of Streamlit's elements, so that reruns and changes of page leave it as it is.
 */

import { reveal } from "../shared/component.js";
import { button, h, setText } from "../shared/dom.js";
import { copyTheme, placeInHeader } from "../shared/header_bar.js";
import { tellThrows } from "../shared/room_darts.js";
import { allowTranslation } from "../shared/translated_page.js";
import { createQuestion } from "./question.js";
import { createRoomPanel, newsOf, statusOf } from "./room_panel.js";
import { createRoomSession, listenForActions } from "./room_session.js";

const STYLES = ["../shared/base.css", "room.css"];
let corner = null; // one for as long as the page is open

/** Streamlit calls this with every change of the theme. The corner stays when its component is unmounted. */
export default function mount({ parentElement, data }) {
  allowTranslation(); // here, since this is on every page
  corner ??= createCorner(data);
  const { host, store } = corner;
  store.set({ lesson: data.lesson });
  copyTheme(parentElement, host);
  return () => {};
}

function createCorner({ live, models, teach }) {
  const session = createRoomSession({ live, models });
  const { store } = session;
  const { state } = store;
  const host = h("aside", { "aria-label": "Class room", "data-testid": "room" });
  const question = createQuestion(session);
  const panel = createRoomPanel(session, { mayTeach: teach, compose: question.compose, close: () => open(false) });
  const [said, rest] = statusOf(state).map((words, n) => h(n ? "span.rest" : "span.said", {}, words));
  const status = button("", () => open(panel.element.hidden), { class: "status", "aria-expanded": "false", "aria-controls": "room-panel", "data-testid": "room-status" });
  status.append(h("span.dot", { "aria-hidden": "true" }), said, rest);
  const ask = button("Ask", () => (open(false), question.compose()), { "data-testid": "room-ask" });
  const askLesson = button("Ask the class this", () => (open(false), question.askLesson()), { class: "main", "data-testid": "room-ask-lesson" });
  const stopFollowing = button("Stop following", session.stopFollowing, { "data-testid": "stop-following" });
  const again = button("Follow again", session.followAgain, { class: "main", "data-testid": "follow-again" });
  const news = h("p.unseen", { "aria-live": "polite", "data-testid": "room-news" });
  const bar = h("div.corner", {}, status, askLesson, ask, stopFollowing, again);
  const root = h("div.pad.room", { hidden: true }, bar, panel.element, question.element, news);

  const holdsFocus = () => panel.element.contains(host.shadowRoot.activeElement);

  function open(shown, focus = true) {
    if (!shown && holdsFocus()) status.focus();
    panel.element.hidden = !shown;
    status.setAttribute("aria-expanded", String(shown));
    if (shown && focus) panel.focus();
  }

  store.on(["phase", "linked", "code", "leads", "follows", "here", "sentence"], () => {
    const { phase, leads, follows, linked } = state;
    const [first, more] = statusOf(state);
    setText(said, first);
    setText(rest, more);
    status.dataset.phase = phase === "in" ? (linked ? (leads ? "leads" : follows ? "follows" : "alone") : "lost") : phase;
    ask.hidden = phase !== "in" || !leads;
    stopFollowing.hidden = phase !== "in" || leads || !follows;
    again.hidden = phase !== "in" || leads || follows;
    setText(news, newsOf(state));
    if (state.sentence && panel.element.hidden) open(true, false);
  });
  store.on(["phase"], () => {
    if (state.phase === "in" && !state.leads && !panel.element.hidden) open(false);
    if (holdsFocus()) panel.focus(); // the focused element may be hidden now
    host.dataset.phase = state.phase;
  });
  store.on(["phase", "leads", "lesson", "question"], () => {
    const { phase, leads, lesson } = state;
    askLesson.hidden = phase !== "in" || !leads || !lesson || lesson.text === state.question?.text;
    askLesson.title = lesson ? `The lesson asks: ${lesson.text}` : "";
  });
  store.on(["phase", "leads", "question", "tally"], () => {
    const { phase, leads, question, tally } = state;
    const round = phase === "in" && question?.aim ? question : null;
    tellThrows({ leads: phase === "in" && leads, aim: round?.aim ?? "", open: !!round?.open, count: round ? (tally?.[0] ?? 0) : 0, mine: round?.mine ?? null }, session.send);
  });
  store.on(["question"], () => state.question && setText(news, `Question: ${state.question.text}`));

  root.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the page has shortcuts of its own
    if (event.key === "Escape") open(false);
  });
  addEventListener("pointerdown", (event) => !event.composedPath().includes(host) && open(false), { capture: true });
  listenForActions(host, session.stopFollowing);
  placeInHeader(bar, 0);
  reveal(host.attachShadow({ mode: "open" }), root, STYLES.map((name) => new URL(name, import.meta.url).href), () => store.set({ phase: state.phase }));
  document.getElementById("root").before(host); // after the header's tools, of which the first is the way past them
  return { host, store };
}
