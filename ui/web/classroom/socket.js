/** A connection that comes back by itself: later and later, and not all browsers of a class at once. */

const FIRST_MS = 400;
const LONGEST_MS = 8_000;
const OPENING_MS = 25_000; // until the server has said how often it gives a sign of life
const MISSED = 2.5; // so many intervals without a message, and the connection counts as lost

/**
 * @param {() => Object} first  the first message of each connection
 * @param {{heard: (message: Object) => void, lost: () => void}} react
 * @returns {{send: (message: Object) => boolean, isBusy: () => boolean, close: () => void}}
 */
export function connect(first, { heard, lost }) {
  const address = new URL("lab/room", document.baseURI);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  let socket = null;
  let tries = 0;
  let again = 0;
  let silence = 0;
  let patience = OPENING_MS;
  let closed = false;

  function open() {
    clearTimeout(again);
    const mine = (socket = new WebSocket(address));
    listen();
    mine.onopen = () => mine.send(JSON.stringify(first()));
    mine.onmessage = ({ data }) => {
      if (mine !== socket || closed) return;
      const message = JSON.parse(data);
      if (message.alive) patience = MISSED * 1000 * message.alive;
      listen();
      tries = 0;
      heard(message);
    };
    mine.onclose = () => mine === socket && retry();
  }

  function listen() {
    clearTimeout(silence);
    const mine = socket;
    silence = setTimeout(() => (mine.close(), mine === socket && retry()), patience);
  }

  function retry() {
    if (closed) return;
    socket = null;
    clearTimeout(silence);
    lost();
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** tries++);
    clearTimeout(again);
    again = setTimeout(open, wait * (0.5 + Math.random()));
  }

  const online = () => !socket && !closed && open();
  addEventListener("online", online);
  open();
  return {
    send: (message) => {
      const ready = socket?.readyState === WebSocket.OPEN;
      if (ready) socket.send(JSON.stringify(message));
      return ready;
    },
    isBusy: () => !!socket?.bufferedAmount,
    close() {
      closed = true;
      clearTimeout(again);
      clearTimeout(silence);
      removeEventListener("online", online);
      socket?.close();
    },
  };
}
