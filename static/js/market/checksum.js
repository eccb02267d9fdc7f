/**
 * The depth checksum (docs/PROTOCOL.md, "Checksum"): CRC32 as zlib computes it.
 * Imports nothing; works on price and quantity strings as they came over the wire.
 */

export const CHECKSUM_LEVELS = 10;

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC32 of ASCII text, unsigned. @param {string} text @returns {number} */
export function crc32(text) {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index += 1) {
    crc = (crc >>> 8) ^ TABLE[(crc ^ text.charCodeAt(index)) & 0xff];
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Without its point and leading zeros. @param {string} text */
function digits(text) {
  return text.replace('.', '').replace(/^0+/, '');
}

/**
 * The checksum over the best ten asks, then the best ten bids, both best first.
 * @param {readonly {price: string, quantity: string}[]} asks
 * @param {readonly {price: string, quantity: string}[]} bids
 * @returns {number}
 */
export function bookChecksum(asks, bids) {
  let text = '';
  for (const side of [asks, bids]) {
    const count = Math.min(side.length, CHECKSUM_LEVELS);
    for (let rank = 0; rank < count; rank += 1) {
      text += digits(side[rank].price) + digits(side[rank].quantity);
    }
  }
  return crc32(text);
}
