/**
 * LocalBook: one subscription's depth, rebuilt from a snapshot and its chain of deltas.
 * It never repairs itself: whatever does not fit is returned as a fault, and from then on `live`
 * is false until the next complete snapshot. Knows neither sockets nor the document.
 */

import { bookChecksum } from './checksum.js';

/** @typedef {{price: string, quantity: string, ticks: bigint, lots: bigint}} Level */
/** @typedef {'gap' | 'checksum' | 'crossed' | 'malformed'} Fault */

const GONE = '0';

/** Integer units of a wire decimal, which always has the instrument's full decimals.
 * @param {string} text */
function unitsOf(text) {
  return BigInt(text.replace('.', ''));
}

/** @param {[string, string]} pair @returns {Level} */
function levelOf([price, quantity]) {
  return { price, quantity, ticks: unitsOf(price), lots: unitsOf(quantity) };
}

/** The levels of one side, best first. */
class BookSide {
  /** @param {'bid' | 'ask'} side */
  constructor(side) {
    this.side = side;
    /** @type {Level[]} */
    this.levels = [];
  }

  /** Whether price a stands before price b on this side. @param {bigint} a @param {bigint} b */
  better(a, b) {
    return this.side === 'bid' ? a > b : a < b;
  }

  /** Set a level's absolute quantity, or remove it at "0"; O(log n) to find, O(n) to shift.
   * @param {[string, string]} pair */
  set(pair) {
    const ticks = unitsOf(pair[0]);
    const index = this.#indexOf(ticks);
    const found = index < this.levels.length && this.levels[index].ticks === ticks;
    if (pair[1] === GONE) {
      if (found) this.levels.splice(index, 1);
    } else {
      this.levels.splice(index, found ? 1 : 0, levelOf(pair));
    }
  }

  /** @param {bigint} ticks */
  #indexOf(ticks) {
    let low = 0;
    let high = this.levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.better(this.levels[middle].ticks, ticks)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class LocalBook {
  #bids = new BookSide('bid');
  #asks = new BookSide('ask');
  /** @type {{seq: number, part: number, bids: Level[], asks: Level[]} | null} */
  #parts = null;

  /** Grows with every change, so that a view can tell whether to draw. */
  version = 0;
  /** Whether the book is whole and in step with the server. */
  live = false;
  /** Why it is not live. @type {string} */
  staleReason = 'waiting';
  /** @type {number | null} */
  seq = null;
  /** @type {number | null} */
  checksum = null;

  /** Forget everything, as at the start of a new epoch. */
  reset() {
    this.#bids.levels = [];
    this.#asks.levels = [];
    this.#parts = null;
    this.live = false;
    this.staleReason = 'waiting';
    this.seq = null;
    this.checksum = null;
    this.version += 1;
  }

  /** Best bid first. @returns {readonly Level[]} */
  get bids() {
    return this.#bids.levels;
  }

  /** Best ask first. @returns {readonly Level[]} */
  get asks() {
    return this.#asks.levels;
  }

  /** Keep what is known for show, marked as old. @param {string} reason */
  markStale(reason) {
    this.live = false;
    this.staleReason = reason;
    this.#parts = null;
    this.version += 1;
  }

  /** Apply one depth message; the fault that spoils the book, or null.
   * @param {any} message @returns {Fault | null} */
  apply(message) {
    this.version += 1;
    try {
      const fault = message.type === 'snapshot' ? this.#snapshot(message) : this.#delta(message);
      if (fault !== null) this.markStale(fault);
      return fault;
    } catch (error) {
      // BigInt throws SyntaxError on text that is no number, a missing field is a TypeError.
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
      this.markStale('malformed');
      return 'malformed';
    }
  }

  /** @param {any} message @returns {Fault | null} */
  #snapshot(message) {
    const bids = message.bids.map(levelOf);
    const asks = message.asks.map(levelOf);
    const part = message.part ?? null;
    if (part === null) return this.#replace(message, bids, asks);
    if (this.#parts === null) {
      this.#parts = { seq: message.seq, part, bids, asks };
    } else {
      if (message.seq !== this.#parts.seq || part !== this.#parts.part + 1) return 'gap';
      this.#parts.part = part;
      this.#parts.bids.push(...bids);
      this.#parts.asks.push(...asks);
    }
    if (message.last !== true) return null;
    return this.#replace(message, this.#parts.bids, this.#parts.asks);
  }

  /** @param {any} message @param {Level[]} bids @param {Level[]} asks @returns {Fault | null} */
  #replace(message, bids, asks) {
    this.#parts = null;
    this.#bids.levels = bids;
    this.#asks.levels = asks;
    this.live = true;
    return this.#verify(message);
  }

  /** @param {any} message @returns {Fault | null} */
  #delta(message) {
    if (!this.live || message.prev_seq !== this.seq) return 'gap';
    for (const pair of message.bids) this.#bids.set(pair);
    for (const pair of message.asks) this.#asks.set(pair);
    return this.#verify(message);
  }

  /** @param {any} message @returns {Fault | null} */
  #verify(message) {
    this.seq = message.seq;
    this.checksum = bookChecksum(this.asks, this.bids);
    if (this.checksum !== message.checksum) return 'checksum';
    const crossed =
      this.bids.length > 0 && this.asks.length > 0 && this.bids[0].ticks >= this.asks[0].ticks;
    return crossed ? 'crossed' : null;
  }
}
