/** What only one chapter needs, fetched when that chapter is first opened. */

/**
 * `key` of the store becomes what `read` gives, and `keyError` null; or `keyError` is its sentence, and the next opening tries
 * again.
 * @param {(shipped: Object) => Promise} read  from the addresses that the server told
 */
export function fetchWhenOpened(store, chapter, key, read) {
  const { state } = store;
  const error = `${key}Error`;
  let asked = false;
  store.on(["chapter", "info"], async () => {
    if (asked || state.chapter !== chapter || !state.info) return;
    asked = true;
    try {
      store.set({ [key]: await read(state.info.shipped), [error]: null });
    } catch ({ message }) {
      asked = false;
      store.set({ [error]: message });
    }
  });
}
