/**
 * Files and answers from the server, or from the page itself where it has none; what goes wrong is said in one
 * sentence.
 */

const embedded = new Map(); // address -> what reads it

/**
 * Name what a page without a server brings along: it is read from there, and nothing else is looked for elsewhere.
 * @param {string} url  as it will be asked for
 * @param {() => Promise<ArrayBuffer>} read
 */
export const addEmbedded = (url, read) => embedded.set(url, read);

/**
 * Fetch a binary file with progress.
 * @param {string} url  relative ones are taken from the page's address
 * @param {string} what  what the user would call it, for the error sentence: "the decoder"
 * @param {{signal?: AbortSignal, onProgress?: (bytes: number) => void}} [options]  onProgress gets the number of
 *   bytes so far, unpacked; the total is unknown because the server sends gzip
 * @returns {Promise<ArrayBuffer>}
 * @throws {Error} one sentence, when the server cannot be reached or answers with an error
 */
export async function fetchBinary(url, what, { signal, onProgress } = {}) {
  if (embedded.size) return readEmbedded(url, what);
  let response;
  try {
    response = await fetch(new URL(url, document.baseURI), { signal });
    if (response.ok) return await readAll(response, onProgress);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(`Could not load ${what}: the connection to the server failed.`, { cause: error });
  }
  throw new Error(`Could not load ${what}: the server answered ${response.status}.`);
}

async function readEmbedded(url, what) {
  if (!embedded.has(url)) throw new Error(`This page does not carry ${what}.`);
  try {
    return await embedded.get(url)();
  } catch (error) {
    throw new Error(`Could not read ${what}: the page is not whole, save it again.`, { cause: error });
  }
}

async function readAll(response, onProgress) {
  if (!onProgress || !response.body) return response.arrayBuffer();
  const chunks = [];
  let size = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
    onProgress(size);
  }
  return new Blob(chunks).arrayBuffer();
}

/**
 * Ask the server for an answer in JSON.
 * @param {string} what  is asked for, as the sentence of an error begins: "The geodesic"
 * @throws {Error} one sentence: the server's own where it refuses
 */
export async function fetchJson(url, what, { signal } = {}) {
  let response;
  try {
    response = await fetch(new URL(url, document.baseURI), { signal });
  } catch (error) {
    throw new Error(`${what} could not be requested: the connection to the server failed.`, { cause: error });
  }
  if (!response.ok) throw new Error(response.status < 500 ? await response.text() : `${what} could not be computed: the server answered ${response.status}.`);
  return response.json();
}
