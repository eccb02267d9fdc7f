/**
 * Terminal: what the page knows and may do – the connection, the shown market, the own orders.
 * Knows the protocol and no element of the document; views read it and are told when it changed.
 */

import { LocalBook } from './market/book.js';
import { OwnOrders } from './market/own_orders.js';
import { TradeTape } from './market/tape.js';
import { Ticker } from './market/ticker.js';
import { Connection } from './protocol/connection.js';
import { readClaims } from './protocol/token.js';

/**
 * @typedef {{symbol: string, tick_size: string, lot_size: string, state: string}} Instrument
 * @typedef {{level: 'info' | 'good' | 'warning' | 'error', text: string, code: string | null,
 *            atMs: number}} Notice
 */

export const DEPTH_LEVELS = 100;
const NOTICES_MAX = 100;
const RANDOM_ID_BYTES = 12;

export class Terminal {
  /** @type {Instrument[]} */
  instruments = [];
  /** @type {Instrument | null} */
  instrument = null;
  book = new LocalBook();
  tape = new TradeTape();
  ticker = new Ticker();
  orders = new OwnOrders((order, fill) => this.#onFill(order, fill));
  /** Newest first. @type {Notice[]} */
  notices = [];
  noticesVersion = 0;
  depthIntervalMs = 100;
  /** Times a subscription had to be asked for again because its chain broke. */
  resyncs = 0;
  /** @type {string | null} */
  epoch = null;
  /** @type {import('./protocol/token.js').Claims | null} */
  claims = null;
  /** Whom to tell about each answer to an order op, by request id.
   * @type {Map<number, (code: string | null) => void>} */
  #answers = new Map();

  /**
   * @param {string} url of the WebSocket
   * @param {import('./protocol/token.js').TokenStore} tokens
   * @param {() => void} onChange called often: whoever draws should coalesce
   */
  constructor(url, tokens, onChange) {
    this.tokens = tokens;
    this.onChange = onChange;
    this.connection = new Connection(url, {
      onChange,
      onStatus: (status) => this.#onStatus(status),
      onEvent: (event) => this.#onEvent(event),
    });
  }

  /** Connect with the kept token, if there is one. */
  start() {
    const token = this.tokens.get();
    this.claims = token === null ? null : readClaims(token);
    this.#wantOrders();
    this.connection.start(token);
  }

  /** Sign in with a token, or out with null. @param {string | null} token */
  useToken(token) {
    const account = this.claims?.account ?? null;
    this.tokens.set(token);
    this.claims = token === null ? null : readClaims(token);
    if (token !== null && account !== null && this.claims?.account === account) {
      this.#wantOrders();
      if (this.connection.status.phase === 'live') this.connection.extend(token);
      else this.connection.start(token);
      return;
    }
    this.orders.reset();
    this.start();
  }

  /** @param {string} scope as the token claims it; the server decides */
  may(scope) {
    return this.claims?.scopes.has(scope) ?? false;
  }

  /** @param {Instrument[]} instruments as the server lists them now */
  setInstruments(instruments) {
    this.instruments = instruments;
    const shown = instruments.find((one) => one.symbol === this.instrument?.symbol);
    if (shown !== undefined) this.instrument = shown;
    this.onChange();
  }

  /** Show another market. @param {string} symbol */
  selectSymbol(symbol) {
    const instrument = this.instruments.find((one) => one.symbol === symbol);
    if (instrument === undefined || symbol === this.instrument?.symbol) return;
    if (this.instrument !== null) this.#dropMarket(this.instrument.symbol);
    this.instrument = instrument;
    this.book = new LocalBook();
    this.tape = new TradeTape();
    this.ticker = new Ticker();
    this.#wantDepth();
    this.#want('trades', symbol, {}, this.tape);
    this.#want('ticker', symbol, { interval_ms: 250 }, this.ticker);
    this.onChange();
  }

  /** How often depth may change, changed live. @param {number} intervalMs 0 = every change */
  setDepthInterval(intervalMs) {
    this.depthIntervalMs = intervalMs;
    if (this.instrument !== null) this.#wantDepth();
  }

  /**
   * Send an order under a fresh client order id; `onAnswer` gets null or the refusal's code.
   * @param {Record<string, unknown>} fields @param {(code: string | null) => void} onAnswer
   */
  placeOrder(fields, onAnswer) {
    this.#order('order.new', { client_order_id: randomId(), ...fields }, onAnswer);
  }

  /** @param {string} orderId @param {(code: string | null) => void} onAnswer */
  cancelOrder(orderId, onAnswer) {
    this.#order('order.cancel', { order_id: orderId }, onAnswer);
  }

  /** Cancel all own orders, of one symbol or (null) of all. @param {string | null} symbol
   * @param {(code: string | null) => void} onAnswer */
  cancelAll(symbol, onAnswer) {
    this.#order('order.cancel_all', symbol === null ? {} : { symbol }, onAnswer);
  }

  /** @param {Notice['level']} level @param {string} text @param {string | null} code */
  notify(level, text, code = null) {
    this.notices.unshift({ level, text, code, atMs: Date.now() });
    this.notices.length = Math.min(this.notices.length, NOTICES_MAX);
    this.noticesVersion += 1;
    this.onChange();
  }

  /** @param {string} op @param {Record<string, unknown>} fields
   * @param {(code: string | null) => void} onAnswer */
  #order(op, fields, onAnswer) {
    const id = this.connection.request(op, fields);
    if (id === null) {
      this.notify('error', 'Not sent: there is no connection.', 'not_connected');
      onAnswer('not_connected');
      return;
    }
    this.#answers.set(id, onAnswer);
  }

  /** @param {string} channel @param {string | null} symbol
   * @param {Record<string, unknown>} options @param {any} sink */
  #want(channel, symbol, options, sink) {
    this.connection.subscribe({ channel, symbol, options, sink });
  }

  #wantDepth() {
    const symbol = /** @type {Instrument} */ (this.instrument).symbol;
    const options = { levels: DEPTH_LEVELS, interval_ms: this.depthIntervalMs };
    this.#want('depth', symbol, options, this.book);
  }

  #wantOrders() {
    if (this.may('orders:read')) this.#want('orders', null, {}, this.orders);
    else this.connection.unsubscribe('orders', null);
  }

  /** @param {string} symbol */
  #dropMarket(symbol) {
    const channels = ['depth', 'trades', 'ticker'];
    for (const channel of channels) this.connection.unsubscribe(channel, symbol);
  }

  /** @param {import('./protocol/connection.js').Status} status */
  #onStatus({ phase, detail, code }) {
    if (phase === 'reconnecting') this.notify('warning', detail, code === null ? null : `${code}`);
    if (phase === 'closed') this.notify('error', detail, code === null ? null : `${code}`);
    this.onChange();
  }

  /** @param {import('./protocol/session.js').SessionEvent} event */
  #onEvent(event) {
    if (event.kind === 'hello') {
      this.epoch = event.message.epoch;
    } else if (event.kind === 'epoch') {
      this.epoch = event.epoch;
      this.notify('warning', `The market starts afresh in epoch ${event.epoch}.`);
    } else if (event.kind === 'fault') {
      this.resyncs += 1;
      this.notify('warning', `${event.key}: the chain broke; getting a fresh copy.`, event.reason);
    } else if (event.kind === 'answer') {
      this.#onAnswer(event.message);
    } else if (event.kind === 'refused') {
      const { code, message } = event.message;
      this.notify('error', event.op === null ? message : `${event.op}: ${message}`, code);
      this.#settle(event.message.id, code);
    } else if (event.kind === 'notice') {
      this.#onNotice(event.message);
    }
  }

  /** @param {any} order @param {any} fill */
  #onFill(order, fill) {
    const verb = order.side === 'buy' ? 'Bought' : 'Sold';
    const what = `${verb} ${fill.quantity} ${order.symbol} at ${fill.price}`;
    this.notify('good', `${what} (order ${order.order_id}).`, fill.role);
  }

  /** @param {any} message */
  #onAnswer(message) {
    const { order } = message;
    if (order) {
      const what = `${order.side} ${order.quantity} ${order.symbol}`;
      this.notify('good', `Order ${order.order_id} ${order.status}: ${what}`);
    } else if (message.op === 'order.cancel_all') {
      this.notify('good', `${message.count ?? 'All'} orders cancelled.`);
    } else if (message.op === 'auth') {
      this.notify('info', `Signed in as ${this.claims?.account ?? 'this token’s account'}.`);
    }
    this.#settle(message.id, null);
  }

  /** @param {number} id @param {string | null} code */
  #settle(id, code) {
    const onAnswer = this.#answers.get(id);
    this.#answers.delete(id);
    onAnswer?.(code);
  }

  /** @param {any} message */
  #onNotice(message) {
    const where = [message.channel, message.symbol].filter(Boolean).join(':');
    const texts = {
      shutdown: 'The server is about to restart; this page comes back by itself.',
      token_expiring: 'The token is about to expire: sign in with a fresh one.',
      lagging: `${where}: this page reads too slowly.`,
      caught_up: `${where}: caught up.`,
      market_state: `The market is ${message.state}.`,
    };
    const type = /** @type {keyof typeof texts} */ (message.type);
    this.notify(type === 'caught_up' ? 'info' : 'warning', texts[type], type);
  }
}

/** A client order id; getRandomValues also works where the page is served without TLS. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(RANDOM_ID_BYTES));
  return `web-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
