/** The clipboard. */

import { h } from "./dom.js";

/**
 * Copy a text. A page that is not served over https has no access to the clipboard but by the command "copy".
 * @returns {Promise<boolean>} whether it was copied
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

function copyByCommand(text) {
  const focused = document.activeElement;
  const field = h("textarea", { readonly: true, "aria-hidden": "true" });
  Object.assign(field.style, { position: "fixed", top: "0", opacity: "0" });
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  focused?.focus?.();
  return copied;
}
