/**
 * The card of a question: the form for the leading tab, the choices for the class, and the counts of the answers. A
 * question without choices is answered with a number; its answers are a histogram.
 */

import { button, download, h, iconButton, setText } from "../shared/dom.js";
import { showsThrows } from "../shared/room_darts.js";
import { createHistogram, figure } from "./guess_histogram.js";

const CLOSE = "M5 5l10 10M15 5l-10 10";
const LEAST = 2;
const MOST = 6;

/** @returns a card; `compose` opens the form, `askLesson` asks what the lesson asks */
export function createQuestion(session) {
  const { store, send } = session;
  const { state } = store;
  const form = createForm((text, choices) => {
    send({ do: "ask", text, choices });
    store.set({ composing: false });
  }, () => store.set({ composing: false }));
  const text = h("h2");
  const list = h("ol.choices");
  const number = h("input", { type: "number", step: "any", required: true, "aria-label": "Your number", "data-testid": "guess" });
  const guess = h("form.row", { onsubmit: (event) => (event.preventDefault(), send({ do: "answer", question: state.question.id, number: number.valueAsNumber })) }, number, h("button.main", { type: "submit" }, "Send"));
  const histogram = createHistogram();
  const note = h("p.note");
  const acts = h("div.row");
  const away = iconButton(CLOSE, "Close the question", () => store.set({ away: state.question?.id }), { class: "icon quiet" });
  const asked = h("div.asked", { "data-testid": "question" }, h("div.head", {}, text, away), list, guess, histogram.element, note, acts);
  const element = h("section.card", { "aria-label": "Question to the class", hidden: true }, form.element, asked);
  let shown = ""; // JSON of what is painted
  let askedLast = null; // id of the question that is painted
  let peeked = null; // the question whose answers the teacher has looked at alone

  store.on(["question", "tally", "leads", "phase", "composing", "away", "linked"], () => {
    const { question, phase, composing } = state;
    form.element.hidden = !(composing && state.leads);
    const elsewhere = question?.aim && state.leads && showsThrows(); // the page itself shows the darts
    asked.hidden = !question || phase !== "in" || !form.element.hidden || state.away === question.id || elsewhere;
    element.hidden = form.element.hidden && asked.hidden;
    if (!asked.hidden) paint(question);
  });

  function paint(question) {
    const visible = !state.leads || question.shown || peeked === question.id; // a projector shows the teacher's screen
    const json = JSON.stringify([question, state.tally, state.leads, visible]);
    if (json === shown) return;
    shown = json;
    setText(text, question.text);
    away.hidden = state.leads;
    const focused = [...list.querySelectorAll("button")].indexOf(element.getRootNode().activeElement);
    const open = question.open && !state.leads && !(question.aim && question.mine !== null); // a dart is thrown once
    const total = answersIn(question, state.tally);
    const isNumber = !question.choices.length;
    if (question.id !== askedLast) number.value = "";
    askedLast = question.id;
    guess.hidden = !isNumber || !open;
    histogram.show(isNumber && visible && state.tally ? state.tally : [], question.mine);
    const choose = (choice) => send({ do: "answer", question: question.id, choice });
    const rows = question.choices.map((words, k) => choiceOf(words, {
      count: visible ? state.tally?.[k] ?? null : null,
      share: visible && total ? state.tally[k] / total : 0,
      mine: question.mine === k,
      choose: open ? () => choose(k) : null,
    }));
    if (!question.aim) list.replaceChildren(...rows);
    else list.replaceChildren(...(open ? [h("li", {}, button("Throw", () => choose(0), { class: "main" }))] : []));
    if (focused >= 0) list.querySelectorAll("button")[focused]?.focus();
    setText(note, noteOf(question, state.leads, total, visible));
    acts.hidden = !state.leads;
    acts.replaceChildren(...[
      button(question.shown ? "Hide from the class" : "Show to the class", () => send({ do: "show", on: !question.shown }), { class: question.shown ? "" : "main" }),
      !question.shown && button(visible ? "Hide from me" : "Show to me alone", () => ((peeked = visible ? null : question.id), paint(question))),
      button("Save (CSV)", () => saveAnswers(question, state.tally), { class: "quiet", title: "Save the answers as CSV" }),
      button(question.open ? "Close answers" : "Open again", () => send({ do: "close", on: question.open })),
      button("Remove question", () => send({ do: "clear" }), { class: "quiet" }),
    ].filter(Boolean));
  }

  function compose() {
    store.set({ composing: true });
    form.begin();
  }

  const askLesson = () => send({ do: "ask", text: state.lesson.text, choices: state.lesson.choices });
  return { element, compose, askLesson };
}

/** How many have answered: the tally counts each choice, or lists the numbers. */
export const answersIn = ({ choices }, tally) => (choices.length ? (tally ?? []).reduce((sum, count) => sum + count, 0) : (tally ?? []).length);

/** Save a question's answers as a CSV file: how many for each choice, or one number a row. */
export function saveAnswers({ text, choices }, tally) {
  const quote = (value) => `"${String(value).replace(/"/g, '""')}"`;
  const counts = () => [["question", "choice", "answers"], ...choices.map((words, k) => [text, words, tally?.[k] ?? 0])];
  const rows = choices.length ? counts() : [["question", "answer"], ...(tally ?? []).map((value) => [text, value])];
  download(new Blob([rows.map((row) => row.map(quote).join(",")).join("\r\n"), "\r\n"], { type: "text/csv" }), "answers.csv");
}

/** One choice with its bar: a button while it can be chosen. */
function choiceOf(words, { count, share, mine, choose }) {
  const bar = h("span.bar-of", { "aria-hidden": "true" });
  bar.style.setProperty("--share", share);
  const inner = [count !== null && bar, h("span.what", {}, words), count !== null && h("span.count", {}, String(count))];
  const own = { class: mine ? "choice mine" : "choice" };
  const row = choose ? h("button", { type: "button", onclick: choose, "aria-pressed": String(mine), ...own }, ...inner) : h("div", own, ...inner);
  return h("li", {}, row);
}

function noteOf({ open, shown, mine, aim, choices }, leads, total, visible) {
  if (aim && !leads) return mine !== null ? `Your dart is number ${mine + 1}. The page rings it.` : open ? "Each member throws once." : "The round is over.";
  const answers = `${total} ${aim ? "dart" : "answer"}${total === 1 ? "" : "s"}`;
  if (leads) return `${answers}${open ? "" : ", closed"}. ${shown ? "The class sees them." : visible ? "Only this screen shows them." : "Nobody sees them yet."}`;
  if (shown) return answers + (open ? ". You can still change yours." : ".");
  if (!open) return "Answers are closed.";
  if (mine === null) return choices.length ? "Choose one." : "Write a number, such as 1000 or 2.5.";
  return choices.length ? "Your answer is counted. You can still change it." : `Your ${figure(mine)} is counted. You can still change it.`;
}

function createForm(ask, cancel) {
  const text = h("input", { type: "text", maxlength: "200", required: true, placeholder: "Which n will be enough?", "data-testid": "ask-text" });
  const choices = h("textarea", { rows: "4", maxlength: "600", placeholder: "100\n1,000\n10,000", "data-testid": "ask-choices" });
  const problem = h("p.message", { role: "alert", hidden: true });
  const element = h("form", { hidden: true, onsubmit: submit, onkeydown: ({ key }) => key === "Escape" && cancel() },
    h("h2", {}, "Ask the class"),
    h("label", {}, h("span", {}, "Question"), text),
    h("label", {}, h("span", {}, `Choices, ${LEAST} to ${MOST}, one on each line; leave this empty to ask for a number`), choices),
    problem,
    h("div.row", {}, h("button.main", { type: "submit" }, "Ask"), button("Cancel", cancel, { class: "quiet" })));

  function submit(event) {
    event.preventDefault();
    const lines = choices.value.split("\n").map((line) => line.trim()).filter(Boolean);
    const wrong = lines.length === 1 || lines.length > MOST || new Set(lines).size < lines.length;
    problem.hidden = !wrong;
    setText(problem, wrong ? `Write ${LEAST} to ${MOST} different choices, one on each line, or none to ask for a number.` : "");
    if (!wrong) ask(text.value.trim(), lines);
  }
  /** Show the form; the text stays as it was left. */
  const begin = () => requestAnimationFrame(() => text.focus());
  return { element, begin };
}
