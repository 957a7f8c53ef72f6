/**
 * The location of a browser: a page and the query of its link. Some fields of the query belong to components, which take
 * them from the teacher's components; after a change of any other field a follower navigates to the teacher's link, which
 * is one rerun.
 */

import { modelOf, showsModel } from "../shared/room_sync.js";

const OWN = ["room", "present"]; // fields of a link that each browser keeps for itself

/** @returns {{page: string, query: string}} */
export function whereNow() {
  const query = new URLSearchParams(location.search);
  for (const name of OWN) query.delete(name);
  return { page: location.pathname.split("/").at(-1), query: query.toString() };
}

/**
 * Whether this browser has to navigate to show the teacher's view.
 * @param {{page: string, query: string, parts: Object}} there  the teacher's view
 * @param {{live: string[], models: string[]}} names  the fields of a link that belong to components, and those that name models
 */
export function isElsewhere(there, names) {
  const here = whereNow();
  const shown = showsModel() || hasModel(there.parts);
  if (here.page !== there.page || restOf(here, shown, names) !== restOf(there, shown, names)) return true;
  return Object.entries(there.parts).some(([name, { of }]) => ![undefined, of].includes(modelOf(name)));
}

/** The name of a place. Two views have the same name if they differ only in fields that belong to components. */
export function nameOf({ page, query, parts }, names) {
  const models = Object.entries(parts).map(([name, { of }]) => `${name}=${of}`);
  return [page, restOf({ query }, hasModel(parts), names), ...models.sort()].join("\n");
}

const hasModel = (parts) => Object.values(parts).some(({ of }) => of);

/**
 * The other fields of a link, sorted. Once components show a model, the fields that name models are left out: the ids of
 * the models are compared instead, since a link may omit the default model.
 */
function restOf({ query }, shown, { live, models }) {
  const rest = [...new URLSearchParams(query)].filter(([name]) => !live.includes(name) && !(shown && models.includes(name)));
  return rest.map(([name, value]) => `${name}=${value}`).sort().join("&");
}

/** Whether Streamlit's own connection is open. Without it the page cannot navigate. */
export const canGo = () => document.querySelector("[data-testid=stApp]")?.dataset.testConnectionState === "CONNECTED";

/** Navigate to a page as Back and Forward do: without a reload, and without an entry in the history. */
export function goTo({ page, query }) {
  const own = new URLSearchParams(location.search);
  const params = new URLSearchParams(query);
  for (const name of OWN) {
    params.delete(name);
    if (own.has(name)) params.set(name, own.get(name));
  }
  const url = new URL(page || ".", document.baseURI);
  url.search = params;
  replaceLink(url);
}

/** Take the room out of the link, so that a link which is copied after the end of a room does not invite to it. */
export function dropInvitation() {
  const url = new URL(location.href);
  if (!url.searchParams.has("room")) return;
  url.searchParams.delete("room");
  replaceLink(url);
}

function replaceLink(url) {
  history.replaceState({}, "", url);
  dispatchEvent(new PopStateEvent("popstate", { state: {} })); // Streamlit then runs the page from this link
}

/** The code of the room that the link invites to. */
export const invitation = () => new URLSearchParams(location.search).get("room");
