/**
 * The tools in the header of every page: the way past them to the page itself, the link of the view, the list of keys,
 * and notices of the visitor's trainings. They stay while pages change.
 */

import { reveal } from "../shared/component.js";
import { h } from "../shared/dom.js";
import { copyTheme, placeInHeader } from "../shared/header_bar.js";
import { joinEntries } from "./history_entries.js";
import { createKeyDialog } from "./key_dialog.js";
import { keepProgress } from "./lesson_progress.js";
import { createShareButton } from "./share_button.js";
import { createTrainingNotices } from "./training_notices.js";

const STYLES = ["../shared/base.css", "main.css"];
let tools = null; // one for as long as the page is open

/** Streamlit calls this with every new `data` and every change of the theme. */
export default function mount({ parentElement, data }) {
  tools ??= createTools();
  copyTheme(parentElement, tools.host);
  tools.update(data);
  return () => {};
}

function createTools() {
  const host = h("div", { "data-testid": "header-tools" });
  const share = createShareButton();
  const keys = createKeyDialog();
  const notices = createTrainingNotices();
  const bar = h("div.tools-bar", {}, share.button, keys.button);
  const parts = [skipLink(), bar, share.element, notices.element, keys.dialog];
  const root = h("div.pad.header-tools", { hidden: true }, ...parts);
  root.addEventListener("keydown", (event) => event.stopPropagation()); // the page has shortcuts of its own
  placeInHeader(bar, 1);
  const sheets = STYLES.map((name) => new URL(name, import.meta.url).href);
  reveal(host.attachShadow({ mode: "open" }), root, sheets, () => {});
  document.body.prepend(host);
  joinEntries();

  function update(data) {
    share.update(data);
    notices.update(data);
    keepProgress(data.lessons);
  }
  return { host, update };
}

/** The first stop of the tab key. Streamlit's own would come after the tools, which stand before all of Streamlit. */
function skipLink() {
  const skip = (event) => {
    event.preventDefault(); // the link of the page stays as it is
    document.querySelector("[data-testid=stMain]")?.focus();
  };
  return h("a.skip", { href: "#", onclick: skip }, "Skip to main content");
}
