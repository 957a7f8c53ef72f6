/** How far the visitor has come in each lesson, in a cookie of this browser: the next visit reads it (ui/lessons/navigation.py). */

const COOKIE = "vae_lab_lessons";
const YEAR = 365 * 24 * 3600; // seconds
const LONGEST = 3500; // letters: a browser drops a cookie of more than 4,096 bytes
let written = "";

/** @param {Object<string, number>} lessons  the step at which each lesson of this visit was left */
export function keepProgress(lessons) {
  if (JSON.stringify(lessons) === written) return;
  written = JSON.stringify(lessons);
  const value = encodeURIComponent(JSON.stringify({ ...kept(), ...lessons })); // other tabs write it, too
  const path = new URL(".", document.baseURI).pathname;
  if (value.length <= LONGEST) document.cookie = `${COOKIE}=${value}; path=${path}; max-age=${YEAR}; samesite=lax`;
}

function kept() {
  const text = document.cookie.split("; ").find((part) => part.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
  try {
    return JSON.parse(decodeURIComponent(text ?? "{}"));
  } catch {
    return {};
  }
}
