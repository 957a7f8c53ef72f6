const carried = new Map(); // address -> what reads it

/**
 * Name what a page without a server brings along: it is read from there, and nothing else is looked for elsewhere.
 * @param {string} url  as it will be asked for
 * @param {() => Promise<ArrayBuffer>} read
 */
export const carry = (url, read) => carried.set(url, read);

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
  if (carried.size) return readCarried(url, what);
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

async function readCarried(url, what) {
  if (!carried.has(url)) throw new Error(`This page does not carry ${what}.`);
  try {
    return await carried.get(url)();
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
