/** Stands in for Streamlit: mounts one component, writes its link after it has settled, and hands it the view of Back. */

const page = location.pathname.slice(1);
const parentElement = document.getElementById("component").attachShadow({ mode: "open" });
const { default: mount } = await import(`/host/component.js?page=${encodeURIComponent(page)}`);
const dark = matchMedia("(prefers-color-scheme: dark)");
const shown = { turn: 0, link: {}, given: {}, data: null };
let queue = Promise.resolve(); // one answer after another
let pending = 0;
window.host = { acts: [], reports: [], idle: () => pending === 0 };

addEventListener("popstate", () => then(begin));
dark.addEventListener("change", show);
then(begin);

function then(work) {
  pending += 1;
  queue = queue.then(work).finally(() => (pending -= 1));
}

async function begin() {
  const asked = new URLSearchParams(location.search);
  asked.set("host_turn", shown.turn++);
  const answer = await fetch(`/begin/${page}?${asked}`);
  const { link, data } = await answer.json();
  Object.assign(shown, { link, given: link, data });
  write(link);
  show();
}

async function settled(state) {
  const body = JSON.stringify({ link: shown.link, given: shown.given, turn: shown.turn - 1, state });
  const answer = await fetch(`/settled/${page}`, { method: "POST", body });
  const { link, data } = await answer.json();
  Object.assign(shown, { link, data });
  write(link);
  show();
}

function write(link) {
  const search = new URLSearchParams(link).toString();
  const now = new URLSearchParams(location.search).toString();
  if (search !== now) history.pushState(null, "", search ? `?${search}` : location.pathname);
}

function show() {
  mount({ parentElement, data: [shown.data], setStateValue, setTriggerValue });
}

function setStateValue(name, state) {
  window.host.reports.push(state);
  then(() => settled(state));
}

function setTriggerValue(name, value) {
  window.host.acts.push(value);
}
