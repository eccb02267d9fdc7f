/**
 * Subscription: one (channel, symbol) of one connection, from request to live, and how it heals.
 * Sans-I/O. The sink (a LocalBook, TradeTape, Ticker or OwnOrders) judges the messages.
 *
 *   requested ──ack──► awaiting ──complete snapshot──► live
 *       ▲                  └────────────┬────────────────┘
 *       │                       fault, or the heartbeat
 *       └──resubscribe── broken ◄──── tells another seq
 */

/**
 * @typedef {{apply: (message: any) => string | null, markStale: (reason: string) => void,
 *            reset: () => void, readonly live: boolean}} Sink
 * @typedef {{channel: string, symbol: string | null, options: Record<string, unknown>,
 *            sink: Sink}} Wanted
 */

/** The name a heartbeat gives a subscription.
 * @param {string} channel @param {string | null} symbol */
export function subscriptionKey(channel, symbol) {
  return symbol === null ? channel : `${channel}:${symbol}`;
}

export class Subscription {
  /** @type {'requested' | 'awaiting' | 'live' | 'broken'} */
  phase = 'broken';
  /** The last seq received. @type {number | null} */
  seq = null;
  /** Faults since the chain was last confirmed by a heartbeat. */
  faults = 0;
  /** @type {string | number | null} */
  #requestId = null;

  /** @param {Wanted} wanted */
  constructor(wanted) {
    this.wanted = wanted;
  }

  /** The message that asks for a fresh snapshot and a new chain.
   * @param {number} id @returns {Record<string, unknown>} */
  request(id) {
    this.phase = 'requested';
    this.#requestId = id;
    this.wanted.sink.markStale('subscribing');
    const { channel, symbol, options } = this.wanted;
    const symbols = symbol === null ? {} : { symbols: [symbol] };
    return { op: 'subscribe', id, channel, ...symbols, ...options };
  }

  /** The ack of a request: only the latest one counts. @param {number} id */
  acknowledged(id) {
    if (this.phase === 'requested' && id === this.#requestId) this.phase = 'awaiting';
  }

  /** The server refused. @param {number} id @param {string} code */
  refused(id, code) {
    if (id !== this.#requestId) return;
    this.phase = 'broken';
    this.wanted.sink.markStale(code);
  }

  /** Take one data message; what spoiled the chain, or null. Messages of a chain that was already
   * given up are passed over. @param {any} message @returns {string | null} */
  receive(message) {
    if (this.phase !== 'awaiting' && this.phase !== 'live') return null;
    const fault = this.wanted.sink.apply(message);
    if (fault !== null) return this.#fail(fault);
    this.seq = message.seq;
    this.phase = this.wanted.sink.live ? 'live' : 'awaiting';
    return null;
  }

  /** Compare with what the server says it sent last; 'gap' where that differs.
   * @param {number | null | undefined} sent @returns {string | null} */
  heartbeat(sent) {
    if (this.phase !== 'live' || sent === null || sent === undefined) return null;
    if (sent !== this.seq) return this.#fail('gap');
    this.faults = 0;
    return null;
  }

  /** @param {string} fault */
  #fail(fault) {
    this.phase = 'broken';
    this.faults += 1;
    this.wanted.sink.markStale(fault);
    return fault;
  }
}
