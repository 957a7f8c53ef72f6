/**
 * The panel that the room's button opens: outside of a room it joins or starts one, inside it shows the code, the link and
 * the actions. Also the short texts of the button and of the screen reader.
 */

import { button, h, setText } from "../shared/dom.js";
import { answersIn, saveAnswers } from "./question.js";
import mountShare from "./share.js";

const LOCAL = /^(localhost|127\..*|\[::1\])$/;

export function createRoomPanel(session, { mayTeach, compose, close }) {
  const { store, send } = session;
  const { state } = store;
  const code = h("input.code", { type: "text", maxlength: "9", required: true, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", placeholder: "6 letters", "data-testid": "room-code" });
  const join = h("form", { onsubmit: (event) => (event.preventDefault(), session.join(code.value)) },
    h("label", {}, h("span", {}, "Code of the room"), code), h("button.main", { type: "submit" }, "Join"));
  const start = h("div.start", {},
    h("p.note", {}, "Are you the teacher? Start a room: students who join see your page, and their model, sliders and point follow yours."),
    button("Start a room", session.start, { "data-testid": "room-start" }));
  const out = h("div", {}, h("h2", {}, "Follow the teacher"), join, mayTeach && start);

  const name = h("output.big-code", { "data-testid": "room-name" });
  const words = h("p.note");
  const share = h("div"); // the link with its QR code
  const alone = h("p.note", {}, "This address is open on this machine only. For a class in the same network stop the app and start it with make class: it prints the address that students need.");
  const teach = h("div.row", {},
    button("Ask a question", () => (close(), compose())),
    button("End the room …", () => (setEnding(true), keep.focus()), { class: "quiet", "data-testid": "room-end" }));
  const saveCounts = button("Save answers (CSV)", () => saveAnswers(state.question, state.tally));
  const keep = button("Keep it", () => (setEnding(false), teach.querySelector("[data-testid=room-end]").focus()));
  const ending = h("div", { role: "group", "aria-label": "End the room" },
    h("p.note", {}, "End this room for everyone? The answers of its question are deleted."),
    h("div.row", {}, button("End it", () => send({ do: "end" }), { class: "main" }), saveCounts, keep));
  const take = button("Lead from this tab", () => send({ do: "lead" }));
  const leave = button("Leave the room", session.leave, { "data-testid": "room-leave" });
  const inside = h("div", {}, h("p.unit", {}, "Room"), name, words, share, alone, teach, ending, h("div.row", {}, take, leave));

  const sentence = h("p.message", { role: "alert", hidden: true });
  const element = h("section.panel", { id: "room-panel", "aria-label": "Class room", hidden: true, "data-testid": "room-panel" }, out, inside, sentence);

  function setEnding(on) {
    ending.hidden = !on;
    teach.hidden = on || !state.leads;
  }

  store.on(["question", "tally"], () => (saveCounts.hidden = !state.question || !answersIn(state.question, state.tally)));
  store.on(["phase", "leads"], () => setEnding(false));
  store.on(["phase", "leads", "owns", "follows", "here", "code", "sentence", "invitation"], () => {
    const { phase, leads, owns, follows } = state;
    const within = phase === "in";
    out.hidden = within;
    inside.hidden = !within;
    setText(name, state.code ? spelled(state.code) : "");
    alone.hidden = !leads || !LOCAL.test(new URL(state.invitation?.link ?? location.href).hostname);
    take.hidden = leads || !owns;
    leave.hidden = leads;
    setText(words, leads ? `Students type this code under Classroom, or open the link. ${hereOf(state)}.`
      : follows ? "This page shows what the teacher shows. Use any control to look around by yourself." : "You explore by yourself. Press “Follow again” to see the teacher's page.");
    sentence.hidden = !state.sentence;
    setText(sentence, state.sentence);
  });

  store.on(["invitation"], () => {
    share.hidden = !state.invitation;
    if (state.invitation) mountShare({ parentElement: share, data: state.invitation });
  });
  const focus = () => [...element.querySelectorAll("input, button")].find((control) => control.getClientRects().length)?.focus();
  return { element, focus };
}

const spelled = (code) => `${code.slice(0, 3)} ${code.slice(3)}`;

/** The text of the button. @returns {[string, string]} the text, and a second part that a narrow screen leaves out */
export function statusOf({ phase, linked, code, leads, follows, here }) {
  if (phase === "out") return ["Class", "room"];
  if (phase === "joining") return ["Joining", ""];
  if (!linked) return ["Connection lost", ", trying again"];
  if (leads) return [spelled(code), here ? ` · ${many(here.follow, "follows", "follow")}` : ""];
  return follows ? ["Following", ` ${spelled(code)}`] : ["On your own", ` in ${spelled(code)}`];
}

/** The text that a screen reader reads out when it changes. */
export function newsOf({ phase, linked, code, leads, follows, sentence }) {
  if (sentence) return sentence;
  if (phase !== "in") return "";
  if (!linked) return "The connection to the room is lost. The page is trying to connect again.";
  if (leads) return `You lead room ${spelled(code)}.`;
  return follows ? `You follow room ${spelled(code)}. This page shows what the teacher shows.` : "You have stopped following: this page is yours until you follow again.";
}

const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;

function hereOf({ here }) {
  if (!here) return "";
  const away = here.explore ? `, ${many(here.explore, "looks", "look")} around alone` : "";
  return here.follow || away ? `${many(here.follow, "follows", "follow")}${away}` : "Nobody follows yet";
}
