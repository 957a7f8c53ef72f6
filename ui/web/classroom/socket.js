/** A WebSocket that reconnects by itself, with exponential backoff and a random factor. */

const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 8_000;
const FIRST_TIMEOUT_MS = 25_000; // until the first keep-alive message, which holds the keep-alive interval
const MISSED_INTERVALS = 2.5; // the connection counts as lost after so many intervals without a message

/**
 * @param {() => Object} first  the first message of each connection
 * @param {{onMessage: (message: Object) => void, onLost: () => void}} callbacks
 * @returns {{send: (message: Object) => boolean, isBusy: () => boolean, close: () => void}}
 */
export function connect(first, { onMessage, onLost }) {
  const address = new URL("lab/room", document.baseURI);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  let socket = null;
  let tries = 0;
  let retryTimer = 0;
  let timeoutTimer = 0;
  let timeoutMs = FIRST_TIMEOUT_MS;
  let closed = false;

  function open() {
    clearTimeout(retryTimer);
    const mine = (socket = new WebSocket(address));
    restartTimeout();
    mine.onopen = () => mine.send(JSON.stringify(first()));
    mine.onmessage = ({ data }) => {
      if (mine !== socket || closed) return;
      const message = JSON.parse(data);
      if (message.alive) timeoutMs = MISSED_INTERVALS * 1000 * message.alive;
      restartTimeout();
      tries = 0;
      onMessage(message);
    };
    mine.onclose = () => mine === socket && retry();
  }

  function restartTimeout() {
    clearTimeout(timeoutTimer);
    const mine = socket;
    timeoutTimer = setTimeout(() => (mine.close(), mine === socket && retry()), timeoutMs);
  }

  function retry() {
    if (closed) return;
    socket = null;
    clearTimeout(timeoutTimer);
    onLost();
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** tries++);
    clearTimeout(retryTimer);
    retryTimer = setTimeout(open, wait * (0.5 + Math.random()));
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
      clearTimeout(retryTimer);
      clearTimeout(timeoutTimer);
      removeEventListener("online", online);
      socket?.close();
    },
  };
}
