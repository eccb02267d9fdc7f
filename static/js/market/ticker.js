/**
 * Ticker: the latest 24 h figures of one symbol. Every update is complete, so there is no chain.
 * Same shape as LocalBook: apply, markStale, reset. Knows neither sockets nor the document.
 */

export class Ticker {
  /** Grows with every change, so that a view can tell whether to draw. */
  version = 0;
  live = false;
  /** The last update, null before the first. @type {Record<string, string | null> | null} */
  values = null;

  /** Forget everything, as at the start of a new epoch. */
  reset() {
    this.values = null;
    this.live = false;
    this.version += 1;
  }

  /** @param {string} _reason */
  markStale(_reason) {
    this.live = false;
    this.version += 1;
  }

  /** @param {any} message @returns {null} */
  apply(message) {
    this.values = message;
    this.live = true;
    this.version += 1;
    return null;
  }
}
