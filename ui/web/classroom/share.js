/** The link for a class: its QR code, which a press shows on the whole screen, the link itself, and Copy. */

import { copyText } from "../shared/clipboard.js";
import { mounting, reveal } from "../shared/component.js";
import { button, drawing, h, setText } from "../shared/dom.js";

const STYLES = ["../shared/base.css", "share.css"];

export default mounting(createShare);

function createShare(parent) {
  const root = h("div.pad.share", { hidden: true });
  const small = h("button.qr", { type: "button", onclick: open, "aria-label": "Show the QR code on the whole screen", title: "Show on the whole screen" });
  const link = h("a.link", { target: "_blank", rel: "noopener", "data-testid": "class-link" });
  const copy = button("Copy", copied, { "data-testid": "copy-link" });
  const said = h("span.unit", { role: "status" });
  const large = h("div.large");
  const written = h("p.written");
  const whole = h("dialog.whole", { "aria-label": "QR code of the link", onclick: () => whole.close(), onkeydown: (event) => event.stopPropagation() },
    large, written, button("Close", () => whole.close()));
  root.append(h("div.row.share-row", {}, small, h("div.share-words", {}, link, h("div.row", {}, copy, said))), whole);
  const remove = reveal(parent, root, STYLES.map((name) => new URL(name, import.meta.url).href), () => {});
  whole.addEventListener("close", () => document.fullscreenElement && document.exitFullscreen());
  whole.addEventListener("fullscreenchange", () => document.fullscreenElement || whole.close());

  function open() {
    whole.showModal();
    whole.requestFullscreen?.().catch(() => {}); // a dialog over the page where a browser has no full screen
  }

  async function copied() {
    if (await copyText(link.href)) return setText(said, "Copied.");
    const range = document.createRange();
    range.selectNodeContents(link);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    setText(said, "Press Ctrl or ⌘ and C to copy.");
  }

  function update({ data }) {
    const { side, path } = data;
    link.href = data.link;
    setText(link, data.link);
    setText(written, data.link);
    setText(said, "");
    small.hidden = !path;
    if (!path) return;
    small.replaceChildren(drawing(`0 0 ${side} ${side}`, path));
    large.replaceChildren(drawing(`0 0 ${side} ${side}`, path));
  }

  return { update, stop: remove };
}
