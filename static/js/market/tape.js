/**
 * TradeTape: the latest public trades of one symbol, chained by trade id.
 * Same shape as LocalBook: apply, markStale, reset. Knows neither sockets nor the document.
 */

/** @typedef {{trade_id: string, price: string, quantity: string, aggressor: 'buy' | 'sell',
 *             engine_us: number}} Trade */

export const TAPE_TRADES_MAX = 60;

export class TradeTape {
  /** Grows with every change, so that a view can tell whether to draw. */
  version = 0;
  /** Newest first. @type {Trade[]} */
  trades = [];
  live = false;
  staleReason = 'waiting';
  /** @type {number | null} */
  seq = null;

  /** Forget everything, as at the start of a new epoch. */
  reset() {
    this.trades = [];
    this.live = false;
    this.staleReason = 'waiting';
    this.seq = null;
    this.version += 1;
  }

  /** @param {string} reason */
  markStale(reason) {
    this.live = false;
    this.staleReason = reason;
    this.version += 1;
  }

  /** Apply one trades message; 'gap' when it does not continue the chain.
   * @param {any} message @returns {'gap' | null} */
  apply(message) {
    this.version += 1;
    if (message.type === 'snapshot') {
      this.trades = [];
    } else if (!this.live || message.prev_seq !== this.seq) {
      this.markStale('gap');
      return 'gap';
    }
    this.#add(message.trades);
    this.seq = message.seq;
    this.live = true;
    return null;
  }

  /** @param {Trade[]} trades oldest first */
  #add(trades) {
    this.trades = trades.slice(-TAPE_TRADES_MAX).reverse().concat(this.trades);
    this.trades.length = Math.min(this.trades.length, TAPE_TRADES_MAX);
  }
}
