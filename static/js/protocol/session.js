/**
 * Session: the WebSocket protocol of docs/PROTOCOL.md as seen by one connection.
 * Sans-I/O: messages in, events back, messages to send from `takeOutgoing`. No socket or timer.
 */

import { Subscription, subscriptionKey } from './subscription.js';

/**
 * @typedef {import('./subscription.js').Wanted} Wanted
 * @typedef {{kind: 'hello', message: any}
 *   | {kind: 'ready'}
 *   | {kind: 'epoch', epoch: string}
 *   | {kind: 'fault', key: string, reason: string, attempt: number}
 *   | {kind: 'answer', op: string, message: any}
 *   | {kind: 'refused', op: string | null, message: any}
 *   | {kind: 'notice', message: any}} SessionEvent
 */

const NOTICES = new Set(['shutdown', 'token_expiring', 'lagging', 'caught_up', 'market_state']);

export class Session {
  /** Whether the server has let us in (or nobody asked). */
  ready = false;
  /** @type {Map<string, Subscription>} */
  subscriptions = new Map();
  /** Ops whose answer is awaited, by id. @type {Map<number, {op: string, key: string | null}>} */
  #pending = new Map();
  /** @type {Record<string, unknown>[]} */
  #outgoing = [];
  #nextId = 1;

  /**
   * @param {string | null} token null for market data without signing in
   * @param {string | null} epoch of the connection before, null at the first
   */
  constructor(token, epoch) {
    this.token = token;
    this.epoch = epoch;
  }

  /** Messages to be sent, in order; empties the list. @returns {Record<string, unknown>[]} */
  takeOutgoing() {
    return this.#outgoing.splice(0);
  }

  /** Ask for a subscription, or for a fresh one in place of it. @param {Wanted} wanted */
  subscribe(wanted) {
    const key = subscriptionKey(wanted.channel, wanted.symbol);
    const faults = this.subscriptions.get(key)?.faults ?? 0;
    const subscription = new Subscription(wanted);
    subscription.faults = faults;
    this.subscriptions.set(key, subscription);
    this.#sendSubscribe(key, subscription);
  }

  /** Ask again for a fresh snapshot; nothing happens if it is no longer wanted or not broken.
   * @param {string} key */
  heal(key) {
    const subscription = this.subscriptions.get(key);
    if (subscription !== undefined && subscription.phase === 'broken') {
      this.#sendSubscribe(key, subscription);
    }
  }

  /** @param {string} channel @param {string | null} symbol */
  unsubscribe(channel, symbol) {
    this.subscriptions.delete(subscriptionKey(channel, symbol));
    this.request('unsubscribe', symbol === null ? { channel } : { channel, symbols: [symbol] });
  }

  /** Send an op and return its id. @param {string} op @param {Record<string, unknown>} fields */
  request(op, fields) {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#pending.set(id, { op, key: null });
    this.#outgoing.push({ op, id, ...fields });
    return id;
  }

  /** Ops that will get no answer any more: the connection is gone. @returns {SessionEvent[]} */
  close() {
    const lost = [...this.#pending].filter(([, { op }]) => op.startsWith('order.'));
    this.#pending.clear();
    for (const { wanted } of this.subscriptions.values()) wanted.sink.markStale('disconnected');
    return lost.map(([id, { op }]) => ({
      kind: 'refused',
      op,
      message: { id, code: 'outcome_unknown', message: 'The connection ended before the answer.' },
    }));
  }

  /** Take one decoded server message. @param {any} message @returns {SessionEvent[]} */
  receive(message) {
    if (message.type === 'hello') return this.#hello(message);
    if (message.type === 'heartbeat') return this.#heartbeat(message);
    if (message.type === 'ack' || message.type === 'pong') return this.#answer(message);
    if (message.type === 'error') return this.#refusal(message);
    if (NOTICES.has(message.type)) return [{ kind: 'notice', message }];
    if (typeof message.channel === 'string') return this.#data(message);
    return [];
  }

  /** @param {string} key @param {Subscription} subscription */
  #sendSubscribe(key, subscription) {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#pending.set(id, { op: 'subscribe', key });
    this.#outgoing.push(subscription.request(id));
  }

  /** @param {any} message @returns {SessionEvent[]} */
  #hello(message) {
    const changed = this.epoch !== null && this.epoch !== message.epoch;
    this.epoch = message.epoch;
    /** @type {SessionEvent[]} */
    const events = [{ kind: 'hello', message }];
    if (changed) events.push({ kind: 'epoch', epoch: message.epoch });
    if (this.token !== null) this.request('auth', { token: this.token });
    else events.push(this.#enter());
    return events;
  }

  /** @returns {SessionEvent} */
  #enter() {
    this.ready = true;
    return { kind: 'ready' };
  }

  /** @param {any} message @returns {SessionEvent[]} */
  #heartbeat(message) {
    /** @type {SessionEvent[]} */
    const events = [];
    for (const [key, subscription] of this.subscriptions) {
      const reason = subscription.heartbeat(message.seqs?.[key]?.sent);
      if (reason !== null) events.push(this.#fault(key, subscription, reason));
    }
    return events;
  }

  /** @param {any} message @returns {SessionEvent[]} */
  #data(message) {
    if (message.epoch !== undefined && message.epoch !== this.epoch) return this.#newEpoch(message);
    const key = subscriptionKey(message.channel, message.symbol ?? null);
    const subscription = this.subscriptions.get(key);
    if (subscription === undefined) return [];
    const reason = subscription.receive(message);
    return reason === null ? [] : [this.#fault(key, subscription, reason)];
  }

  /** Everything known belongs to another past: the owner of the sinks forgets it on this event,
   * and each subscription asks anew. @param {any} message @returns {SessionEvent[]} */
  #newEpoch(message) {
    this.epoch = message.epoch;
    for (const [key, subscription] of this.subscriptions) this.#sendSubscribe(key, subscription);
    return [{ kind: 'epoch', epoch: message.epoch }];
  }

  /** @param {string} key @param {Subscription} subscription @param {string} reason
   * @returns {SessionEvent} */
  #fault(key, subscription, reason) {
    return { kind: 'fault', key, reason, attempt: subscription.faults };
  }

  /** @param {any} message @returns {SessionEvent[]} */
  #answer(message) {
    const request = this.#pending.get(message.id);
    if (request === undefined) return [];
    this.#pending.delete(message.id);
    /** @type {SessionEvent[]} */
    const events = [{ kind: 'answer', op: request.op, message }];
    if (request.key !== null) this.subscriptions.get(request.key)?.acknowledged(message.id);
    if (request.op === 'auth' && !this.ready) events.push(this.#enter());
    return events;
  }

  /** @param {any} message @returns {SessionEvent[]} */
  #refusal(message) {
    const request = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (request !== undefined && request.key !== null) {
      this.subscriptions.get(request.key)?.refused(message.id, message.code);
    }
    return [{ kind: 'refused', op: request?.op ?? message.op ?? null, message }];
  }
}
