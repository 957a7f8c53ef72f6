/**
 * Notices of the visitor's trainings: a mark at Train in the list of pages while one waits or trains, and a notice when
 * it has ended while the visitor was elsewhere. The server is asked only while there is one.
 */

import { iconButton, h } from "../shared/dom.js";

const ASK_MS = 4000;
const REST_MS = 20_000; // while the tab is hidden, or the server does not answer
const CROSS = "M5 5l10 10M15 5L5 15";
const LINK = ':is([data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"])[href$="/train"]';
const ENDS = {
  done: ["is trained.", "See it"],
  failed: ["has failed.", "See why"],
  stopped: ["was stopped.", "See it"],
  interrupted: ["was interrupted.", "See why"],
};

export function createTrainingNotices() {
  const element = h("div.notices", { role: "status", "data-testid": "training-notices" });
  const mark = h("style");
  const watched = new Set(); // ids of runs that were seen to wait or train
  let submissions = 0; // as Python has counted them
  let timer = 0;
  document.head.append(mark);
  document.addEventListener("visibilitychange", () => watched.size && plan(document.hidden ? REST_MS : 0));

  function update(data) {
    drawMark(); // in the colour of the theme, which may be another now
    if (data.submissions === submissions) return;
    submissions = data.submissions;
    if (submissions) plan(0);
  }

  function plan(wait) {
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  }

  async function ask() {
    const query = new URLSearchParams([...watched].map((id) => ["run", id]));
    let wait = REST_MS;
    try {
      const response = await fetch(new URL(`lab/own-runs?${query}`, document.baseURI), { cache: "no-store" });
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      take((await response.json()).runs);
      if (!document.hidden) wait = ASK_MS;
    } catch {
      // the server is away for a moment: a training goes on without it
    }
    if (watched.size) plan(wait);
  }

  function take(runs) {
    for (const run of runs) {
      if (!run.under_way && watched.has(run.id) && run.state in ENDS && !isShown(run.id)) tell(run);
    }
    watched.clear();
    for (const run of runs) if (run.under_way) watched.add(run.id);
    drawMark();
  }

  function drawMark() {
    const colour = getComputedStyle(element).getPropertyValue("--st-primary-color");
    mark.textContent = watched.size ? styleOfMark(colour) : "";
  }

  function tell({ id, title, state }) {
    const [words, way] = ENDS[state];
    const link = h("a", { href: new URL(`train?run=${encodeURIComponent(id)}`, document.baseURI).href }, way);
    const notice = h("p.notice", { "data-state": state }, h("span", {}, h("strong", {}, title), ` ${words} `, link));
    notice.append(iconButton(CROSS, `Close the notice of ${title}`, () => notice.remove()));
    element.append(notice);
  }

  return { element, update };
}

/** A dot at the corner of the link to Train, which takes no place; a screen reader reads it as words. */
function styleOfMark(colour) {
  return `${LINK} { position: relative; } ${LINK}::after {
    content: "●"; content: "●" / "a training of yours is under way";
    position: absolute; top: 1px; right: -2px; font-size: 11px; line-height: 1; color: ${colour};
  }`;
}

/** Whether the page Train shows this run, or the newest by a bare link: then it says itself that the run has ended. */
function isShown(id) {
  const shown = new URLSearchParams(location.search).get("run");
  return location.pathname.endsWith("/train") && (shown === null || shown === id);
}
