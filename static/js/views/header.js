/**
 * The top bar: the market picker, the 24 h ticker, the connection's state, and the banner that says
 * what is wrong with it and what to do.
 */

import { changePercent, compareDecimals, groupThousands } from '../market/decimal.js';
import { byId, element, setData, setText } from './dom.js';

const PHASE_TEXT = {
  connecting: 'Connecting',
  live: 'Live',
  stale: 'Stale',
  reconnecting: 'Reconnecting',
  closed: 'Closed',
};

/** @param {string | null | undefined} text */
const orDash = (text) => (text === null || text === undefined ? '–' : groupThousands(text));

export class HeaderView {
  #symbol = byId('symbol', HTMLSelectElement);
  #last = byId('ticker-last', HTMLElement);
  #change = byId('ticker-change', HTMLElement);
  #high = byId('ticker-high', HTMLElement);
  #low = byId('ticker-low', HTMLElement);
  #volume = byId('ticker-volume', HTMLElement);
  #middle = byId('mid-last', HTMLElement);
  #pill = byId('connection', HTMLElement);
  #pillText = byId('connection-text', HTMLElement);
  #roundTrip = byId('round-trip', HTMLElement);
  #banner = byId('banner', HTMLElement);
  #bannerText = byId('banner-text', HTMLElement);
  #account = byId('account', HTMLElement);
  #drawnSymbols = '';
  /** @type {string | null} */
  #lastPrice = null;

  /** @param {import('../terminal.js').Terminal} terminal
   * @param {(symbol: string) => void} onSelect */
  constructor(terminal, onSelect) {
    this.#symbol.addEventListener('change', () => onSelect(this.#symbol.value));
    const reconnect = byId('reconnect', HTMLButtonElement);
    reconnect.addEventListener('click', () => terminal.connection.reconnectNow());
  }

  /** @param {import('../terminal.js').Terminal} terminal */
  render(terminal) {
    this.#renderSymbols(terminal);
    this.#renderTicker(terminal);
    this.#renderConnection(terminal.connection);
    setText(this.#account, terminal.claims?.account ?? 'Sign in');
  }

  /** @param {import('../terminal.js').Terminal} terminal */
  #renderSymbols(terminal) {
    const drawn = terminal.instruments.map((one) => one.symbol).join(' ');
    if (drawn !== this.#drawnSymbols) {
      this.#drawnSymbols = drawn;
      const options = terminal.instruments.map(({ symbol }) =>
        element('option', { value: symbol }, [symbol]),
      );
      this.#symbol.replaceChildren(...options);
    }
    const shown = terminal.instrument?.symbol ?? '';
    if (this.#symbol.value !== shown) this.#symbol.value = shown;
  }

  /** @param {import('../terminal.js').Terminal} terminal */
  #renderTicker(terminal) {
    const values = terminal.ticker.values;
    const last = terminal.tape.trades[0]?.price ?? values?.last ?? null;
    setText(this.#last, orDash(last));
    setText(this.#middle, last ?? '–');
    setText(this.#high, orDash(values?.high));
    setText(this.#low, orDash(values?.low));
    setText(this.#volume, orDash(values?.volume));
    const change = changePercent(values?.open ?? null, last);
    setText(this.#change, change === null ? '–' : `${change} %`);
    setData(this.#change, 'direction', change?.startsWith('-') ? 'down' : 'up');
    this.#renderDirection(last);
  }

  /** @param {string | null} last */
  #renderDirection(last) {
    if (last !== null && this.#lastPrice !== null && last !== this.#lastPrice) {
      const direction = compareDecimals(last, this.#lastPrice) > 0 ? 'up' : 'down';
      setData(this.#last, 'direction', direction);
      setData(this.#middle, 'direction', direction);
    }
    this.#lastPrice = last;
  }

  /** @param {import('../protocol/connection.js').Connection} connection */
  #renderConnection({ status, roundTripMs }) {
    setData(this.#pill, 'phase', status.phase);
    setText(this.#pillText, this.#phaseText(status));
    setText(this.#roundTrip, roundTripMs === null ? '' : `${roundTripMs.toFixed(1)} ms`);
    const quiet = status.phase === 'live' || status.phase === 'connecting';
    this.#banner.hidden = quiet;
    setData(this.#banner, 'phase', status.phase);
    const code = status.code === null ? '' : ` (${status.code})`;
    setText(this.#bannerText, quiet ? '' : `${PHASE_TEXT[status.phase]}${code}: ${status.detail}`);
  }

  /** @param {import('../protocol/connection.js').Status} status */
  #phaseText(status) {
    if (status.phase === 'reconnecting' && status.retryAtMs !== null) {
      const seconds = Math.max(0, Math.ceil((status.retryAtMs - Date.now()) / 1000));
      return `Reconnecting in ${seconds} s`;
    }
    return PHASE_TEXT[status.phase];
  }
}
