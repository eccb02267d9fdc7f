/**
 * Connection: the thin shell around Session. It owns the socket and every timer: reconnecting with
 * backoff as the close codes ask, watching for silence, spacing out repeated resubscriptions.
 * What is wanted outlives the socket; each new one asks for it afresh.
 */

import { backoffMs } from './backoff.js';
import { closePolicy } from './close_codes.js';
import { Session } from './session.js';
import { subscriptionKey } from './subscription.js';

/**
 * @typedef {import('./session.js').SessionEvent} SessionEvent
 * @typedef {import('./subscription.js').Wanted} Wanted
 * @typedef {{phase: 'connecting' | 'live' | 'stale' | 'reconnecting' | 'closed', detail: string,
 *            retryAtMs: number | null, code: number | null}} Status
 * @typedef {{onStatus: (status: Status) => void, onEvent: (event: SessionEvent) => void,
 *            onChange: () => void}} Listener
 */

const HEARTBEAT_DEFAULT_MS = 5000;
const HELLO_TIMEOUT_MS = 10000;
const PING_INTERVAL_MS = 5000;
const WATCH_INTERVAL_MS = 500;
/** In heartbeat intervals: how long silence is borne before it shows, and before we hang up. */
const STALE_AFTER_HEARTBEATS = 1.5;
const DEAD_AFTER_HEARTBEATS = 3;
/** So long must a connection live before earlier failures are forgotten. */
const SETTLED_AFTER_MS = 10000;

export class Connection {
  /** @type {Map<string, Wanted>} */
  wanted = new Map();
  /** @type {Status} */
  status = { phase: 'closed', detail: 'Not started.', retryAtMs: null, code: null };
  messages = 0;
  /** @type {number | null} */
  roundTripMs = null;
  /** @type {Session | null} */
  #session = null;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {string | null} */
  #token = null;
  /** @type {string | null} */
  #epoch = null;
  #attempt = 0;
  #openedMs = 0;
  #lastMessageMs = 0;
  #lastPingMs = 0;
  #heartbeatMs = HEARTBEAT_DEFAULT_MS;
  /** What the server asked for before closing. @type {number | null} */
  #retryAfterMs = null;
  #lastError = '';
  #retryTimer = 0;
  #watchTimer = 0;

  /** @param {string} url @param {Listener} listener */
  constructor(url, listener) {
    this.url = url;
    this.listener = listener;
  }

  /** Connect now, with this token (null: without signing in). @param {string | null} token */
  start(token) {
    this.#token = token;
    this.#attempt = 0;
    this.reconnectNow();
  }

  /** Present a fresh token of the same account on the open connection. @param {string} token */
  extend(token) {
    this.#token = token;
    if (this.request('auth', { token }) === null) this.start(token);
  }

  /** Give up waiting and connect at once. */
  reconnectNow() {
    this.#hangUp();
    this.#setStatus('connecting', 'Opening the connection.');
    this.#session = new Session(this.#token, this.#epoch);
    this.#openedMs = performance.now();
    this.#lastMessageMs = this.#openedMs;
    this.#lastPingMs = 0;
    this.#retryAfterMs = null;
    this.#lastError = '';
    const socket = new WebSocket(this.url, ['depthcast.v1.json']);
    socket.addEventListener('message', (event) => this.#onMessage(socket, event.data));
    socket.addEventListener('close', (event) => this.#onClose(socket, event.code, event.reason));
    this.#socket = socket;
    this.#watchTimer = window.setInterval(() => this.#watch(), WATCH_INTERVAL_MS);
  }

  /** Want a subscription from now on, on this and every later connection. @param {Wanted} wanted */
  subscribe(wanted) {
    this.wanted.set(subscriptionKey(wanted.channel, wanted.symbol), wanted);
    if (this.#session?.ready) this.#send((session) => session.subscribe(wanted));
  }

  /** @param {string} channel @param {string | null} symbol */
  unsubscribe(channel, symbol) {
    if (!this.wanted.delete(subscriptionKey(channel, symbol))) return;
    if (this.#session?.ready) this.#send((session) => session.unsubscribe(channel, symbol));
  }

  /** Send an op; its id, or null when there is no connection to send it on.
   * @param {string} op @param {Record<string, unknown>} fields @returns {number | null} */
  request(op, fields) {
    if (!this.#session?.ready || this.#socket?.readyState !== WebSocket.OPEN) return null;
    return this.#send((session) => session.request(op, fields));
  }

  /** @template T @param {(session: Session) => T} act @returns {T} */
  #send(act) {
    const session = /** @type {Session} */ (this.#session);
    const result = act(session);
    for (const message of session.takeOutgoing()) this.#socket?.send(JSON.stringify(message));
    return result;
  }

  /** @param {WebSocket} socket @param {string} data */
  #onMessage(socket, data) {
    if (socket !== this.#socket) return;
    this.messages += 1;
    this.#lastMessageMs = performance.now();
    if (this.status.phase === 'stale') this.#setStatus('live', 'Connected.');
    for (const event of this.#send((session) => session.receive(JSON.parse(data)))) {
      this.#onEvent(event);
      if (socket !== this.#socket) return;
    }
    this.listener.onChange();
  }

  /** @param {SessionEvent} event */
  #onEvent(event) {
    if (event.kind === 'hello') {
      this.#epoch = event.message.epoch;
      this.#heartbeatMs = event.message.heartbeat_ms;
    } else if (event.kind === 'epoch') {
      this.#epoch = event.epoch;
      for (const { sink } of this.wanted.values()) sink.reset();
    } else if (event.kind === 'ready') {
      this.#setStatus('live', 'Connected.');
      for (const wanted of this.wanted.values()) this.#send((session) => session.subscribe(wanted));
    } else if (event.kind === 'fault') {
      this.#healLater(event.key, event.attempt);
    } else if (event.kind === 'answer' && event.op === 'ping') {
      this.roundTripMs = performance.now() - this.#lastPingMs;
    } else if (event.kind === 'notice' && event.message.type === 'shutdown') {
      this.#retryAfterMs = event.message.reconnect_after_ms;
    } else if (event.kind === 'refused') {
      this.#lastError = event.message.message ?? '';
      this.#retryAfterMs = event.message.retry_after_ms ?? this.#retryAfterMs;
    }
    this.listener.onEvent(event);
  }

  /** The first resubscription goes out at once; repeated ones wait longer and longer, so that a
   * server and a page that disagree for good do not keep each other busy.
   * @param {string} key @param {number} attempt */
  #healLater(key, attempt) {
    const session = this.#session;
    const heal = () => {
      if (session === this.#session) this.#send((current) => current.heal(key));
    };
    if (attempt <= 1) heal();
    else window.setTimeout(heal, backoffMs(attempt - 1, Math.random));
  }

  #watch() {
    const nowMs = performance.now();
    const silentMs = nowMs - this.#lastMessageMs;
    if (!this.#session?.ready) {
      if (nowMs - this.#openedMs > HELLO_TIMEOUT_MS) this.#lost('The server does not answer.');
      return;
    }
    if (silentMs > DEAD_AFTER_HEARTBEATS * this.#heartbeatMs) {
      this.#lost('The server fell silent.');
    } else if (silentMs > STALE_AFTER_HEARTBEATS * this.#heartbeatMs) {
      this.#setStatus('stale', `Nothing heard for ${Math.round(silentMs / 1000)} s.`);
    }
    if (nowMs - this.#lastPingMs > PING_INTERVAL_MS && this.request('ping', {}) !== null) {
      this.#lastPingMs = nowMs;
    }
    if (nowMs - this.#openedMs > SETTLED_AFTER_MS) this.#attempt = 0;
  }

  /** @param {WebSocket} socket @param {number} code @param {string} reason */
  #onClose(socket, code, reason) {
    if (socket !== this.#socket) return;
    const policy = closePolicy(code);
    const why = [policy.advice, reason || this.#lastError].filter((text) => text !== '').join(' ');
    if (policy.retry === 'never') {
      this.#hangUp();
      this.#setStatus('closed', why, null, code);
    } else {
      this.#lost(why, policy.retry === 'told' ? this.#retryAfterMs : null, code);
    }
  }

  /** @param {string} why @param {number | null} afterMs @param {number | null} code */
  #lost(why, afterMs = null, code = null) {
    this.#attempt += 1;
    const delayMs = afterMs ?? backoffMs(this.#attempt, Math.random);
    this.#hangUp();
    this.#setStatus('reconnecting', why, Date.now() + delayMs, code);
    this.#retryTimer = window.setTimeout(() => this.reconnectNow(), delayMs);
  }

  /** Leave socket, session and timers behind; what was in flight is reported as unknown. */
  #hangUp() {
    window.clearTimeout(this.#retryTimer);
    window.clearInterval(this.#watchTimer);
    const socket = this.#socket;
    const lost = this.#session?.close() ?? [];
    this.#socket = null;
    this.#session = null;
    this.roundTripMs = null;
    socket?.close();
    for (const event of lost) this.listener.onEvent(event);
  }

  /** @param {Status['phase']} phase @param {string} detail @param {number | null} retryAtMs
   * @param {number | null} code */
  #setStatus(phase, detail, retryAtMs = null, code = null) {
    this.status = { phase, detail, retryAtMs, code };
    this.listener.onStatus(this.status);
  }
}
