/** Encoded images that are in the browser already. */

/** @returns {Uint8Array | null} image `index`; null where it has not arrived, and then it is not asked for either */
export const arrivedImage = ({ arrived, images, info }, index) => (arrived?.has(Math.floor(index / info.block)) ? images.get(index) : null);
