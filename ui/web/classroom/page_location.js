/**
 * Where a browser is: a page and the query of its link. What components hold of the link goes from store to store; for the
 * rest a follower's page has to go to the teacher's link, which is one rerun.
 */

import { modelOf, showsModel } from "../shared/room_sync.js";

const OWN = ["room", "present"]; // each browser's own part of a link

/** @returns {{page: string, query: string}} */
export function whereNow() {
  const query = new URLSearchParams(location.search);
  for (const name of OWN) query.delete(name);
  return { page: location.pathname.split("/").at(-1), query: query.toString() };
}

/**
 * Whether the page has to go elsewhere to show what the teacher shows.
 * @param {{page: string, query: string, parts: Object}} there  what the teacher shows
 * @param {{live: string[], models: string[]}} names  parts of a link that components hold, and that name their models
 */
export function isElsewhere(there, names) {
  const here = whereNow();
  const shown = showsModel() || hasModel(there.parts);
  if (here.page !== there.page || restOf(here, shown, names) !== restOf(there, shown, names)) return true;
  return Object.entries(there.parts).some(([name, { of }]) => ![undefined, of].includes(modelOf(name)));
}

/** Names a place: two views of one place differ only in what goes from store to store. */
export function nameOf({ page, query, parts }, names) {
  const models = Object.entries(parts).map(([name, { of }]) => `${name}=${of}`);
  return [page, restOf({ query }, hasModel(parts), names), ...models.sort()].join("\n");
}

const hasModel = (parts) => Object.values(parts).some(({ of }) => of);

/**
 * The rest of a link, in one order. Where components show a model it counts by what they show, since a link may leave out
 * a default; as long as the teacher's is still loading it does not count.
 */
function restOf({ query }, shown, { live, models }) {
  const rest = [...new URLSearchParams(query)].filter(([name]) => !live.includes(name) && !(shown && models.includes(name)));
  return rest.map(([name, value]) => `${name}=${value}`).sort().join("&");
}

/** Whether Streamlit's own connection is there, without which the page cannot go anywhere. */
export const canGo = () => document.querySelector("[data-testid=stApp]")?.dataset.testConnectionState === "CONNECTED";

/** Show a page at a link, as Back and Forward do: no reload, and no entry in the history. */
export function goTo({ page, query }) {
  const own = new URLSearchParams(location.search);
  const params = new URLSearchParams(query);
  for (const name of OWN) {
    params.delete(name);
    if (own.has(name)) params.set(name, own.get(name));
  }
  const url = new URL(page || ".", document.baseURI);
  url.search = params;
  history.replaceState({}, "", url);
  dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}

/** The code of the room that the link invites to. */
export const invitation = () => new URLSearchParams(location.search).get("room");
