/**
 * Darts that the members of a room throw together. A module is loaded once, so the room and the component of the page that
 * shows the darts meet here: the room tells how many have thrown, and the component of the page that leads asks for throws.
 *
 * @typedef {Object} ClassThrows
 * @property {boolean} leads  whether this page leads the room
 * @property {string} aim  at what the class throws: "prior", "encoder"; empty while it does not
 * @property {boolean} open  whether more may throw
 * @property {number} count  how many have thrown
 * @property {number | null} mine  the number of this member's dart, from 0
 */

let now = { leads: false, aim: "", open: false, count: 0, mine: null };
let ask = () => {};
const listeners = new Set();

/** The room tells; `send` takes a message to it. */
export function tellThrows(next, send) {
  now = next;
  ask = send;
  for (const listener of listeners) listener(now);
}

/** Call `listener` with what holds now and whenever it changes. @returns {() => void} ends that */
export function listenForThrows(listener) {
  listeners.add(listener);
  listener(now);
  return () => listeners.delete(listener);
}

/** Whether this page shows the darts. */
export const showsThrows = () => listeners.size > 0;

/** Ask the class to throw at `aim`. */
export const askForThrows = (aim) => ask({ do: "throw", aim });

/** End the round: nobody can throw any more. */
export const endThrows = () => ask({ do: "close", on: true });
