/** Share: one press copies the link of the view as the address says it. A phone offers its own ways to share. */

import { copyText } from "../shared/clipboard.js";
import { drawing, h, setText } from "../shared/dom.js";

const ARROW = "M10 12V3M6.5 6.5L10 3l3.5 3.5M4 10v6h12v-6";
const OWN = ["room", "present"]; // parts of the address that each browser keeps for itself
const SHOWN_MS = 4000;
const LOOK_MS = 50;
const MOST_LOOKS = 20;
const MOVING = "[data-settled=false], [data-testid=stApp][data-test-script-state=running]";

export function createShareButton() {
  const shown = [drawing("0 0 20 20", ARROW), h("span.label", {}, "Share")];
  const named = { title: "Copy the link of this view", "data-testid": "share" };
  const button = h("button.share", { type: "button", onclick: share, ...named }, ...shown);
  const words = h("span");
  const link = h("input", { readonly: true, hidden: true, "aria-label": "Link of this view" });
  const element = h("div.said", { role: "status", "data-testid": "share-said", "data-empty": true }, words, link);
  let base = "";
  let timer = 0;
  link.addEventListener("blur", () => say(""));

  async function share() {
    await untilWritten();
    const url = linkOfView(base);
    if (navigator.share && matchMedia("(pointer: coarse)").matches) return shareNatively(url);
    await copy(url);
  }

  async function shareNatively(url) {
    try {
      await navigator.share({ title: document.title, url });
    } catch (error) {
      if (error.name !== "AbortError") await copy(url); // the visitor may have changed their mind
    }
  }

  async function copy(url) {
    if (await copyText(url)) return say("Copied. The link opens exactly this view.", SHOWN_MS);
    say("Press Ctrl or ⌘ and C to copy this link.");
    link.hidden = false;
    link.value = url;
    link.focus();
    link.select();
  }

  function say(text, milliseconds = 0) {
    clearTimeout(timer);
    link.hidden = true;
    setText(words, text);
    element.toggleAttribute("data-empty", !text);
    if (milliseconds) timer = setTimeout(() => say(""), milliseconds);
  }

  return { button, element, update: (data) => (base = data.base) };
}

/** Wait a moment until the address has what was moved last. */
async function untilWritten() {
  for (let look = 0; look < MOST_LOOKS && document.querySelector(MOVING); look++) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

/** The link of the view, letter by letter as the app wrote it. `base` is where others open the app; "" is here. */
function linkOfView(base) {
  const page = location.pathname.split("/").at(-1);
  const parts = location.search.slice(1).split("&");
  const query = parts.filter((part) => part && !OWN.includes(part.split("=")[0])).join("&");
  return new URL(page + (query && `?${query}`), base ? `${base}/` : new URL(".", document.baseURI)).href;
}
