/**
 * OwnOrders: the account's open orders and what became of the others since the page opened.
 * The stream's seq counts 1, 2, 3 without gaps; anything else is a gap.
 * Same shape as LocalBook: apply, markStale, reset. Knows neither sockets nor the document.
 */

/** @typedef {Record<string, any>} Order */

export const DONE_ORDERS_MAX = 50;

const OPEN_STATUSES = new Set(['open', 'partially_filled', 'untriggered']);

export class OwnOrders {
  /** Grows with every change, so that a view can tell whether to draw. */
  version = 0;
  /** By order id, in order of arrival. @type {Map<string, Order>} */
  open = new Map();
  /** Newest first. @type {Order[]} */
  done = [];
  live = false;
  staleReason = 'waiting';
  /** @type {number | null} */
  seq = null;
  /** Whether more parts of a snapshot are to come. */
  #partial = false;

  /** @param {(order: Order, fill: Record<string, any>) => void} onFill told of each own match */
  constructor(onFill) {
    this.onFill = onFill;
  }

  /** Forget everything, as at the start of a new epoch or for another account. */
  reset() {
    this.open = new Map();
    this.done = [];
    this.live = false;
    this.staleReason = 'waiting';
    this.seq = null;
    this.#partial = false;
    this.version += 1;
  }

  /** @param {string} reason */
  markStale(reason) {
    this.live = false;
    this.#partial = false;
    this.staleReason = reason;
    this.version += 1;
  }

  /** Apply one orders message; 'gap' when it does not continue the chain.
   * @param {any} message @returns {'gap' | null} */
  apply(message) {
    this.version += 1;
    if (message.type === 'snapshot') return this.#snapshot(message);
    if (!this.live || message.seq !== (this.seq ?? 0) + 1) {
      this.markStale('gap');
      return 'gap';
    }
    this.seq = message.seq;
    this.#put(message.order);
    if (message.fill) this.onFill(message.order, message.fill);
    return null;
  }

  /** @param {any} message @returns {null} */
  #snapshot(message) {
    if (!this.#partial) this.open.clear();
    for (const order of message.orders) this.open.set(order.order_id, order);
    this.#partial = message.last === false;
    this.seq = message.seq;
    this.live = !this.#partial;
    return null;
  }

  /** @param {Order} order */
  #put(order) {
    if (OPEN_STATUSES.has(order.status)) {
      this.open.set(order.order_id, order);
      return;
    }
    this.open.delete(order.order_id);
    this.done = this.done.filter((other) => other.order_id !== order.order_id);
    this.done.unshift(order);
    this.done.length = Math.min(this.done.length, DONE_ORDERS_MAX);
  }

  /** Prices of open orders in one symbol, as "buy:100.20". @param {string | null} symbol */
  restingPrices(symbol) {
    const prices = new Set();
    for (const { symbol: of, side, price } of this.open.values()) {
      if (of === symbol && price !== null) prices.add(`${side}:${price}`);
    }
    return prices;
  }
}
