/**
 * The tape of trades: newest on top, coloured by the aggressor's side.
 * Draws TradeTape into a fixed set of rows.
 */

import { TAPE_TRADES_MAX } from '../market/tape.js';
import { Flash, byId, element, setData, setText, timeOfDay } from './dom.js';
import { staleText } from './ladder.js';

class Row {
  constructor() {
    this.price = element('span', { class: 'price', role: 'cell' });
    this.quantity = element('span', { class: 'quantity', role: 'cell' });
    this.time = element('span', { class: 'time', role: 'cell' });
    const cells = [this.price, this.quantity, this.time];
    this.node = element('div', { class: 'tape-row', role: 'row' }, cells);
    this.flash = new Flash(this.node);
  }

  /** @param {import('../market/tape.js').Trade | undefined} trade */
  show(trade) {
    this.node.hidden = trade === undefined;
    if (trade === undefined) return;
    setText(this.price, trade.price);
    setText(this.quantity, trade.quantity);
    setText(this.time, timeOfDay(trade.engine_us));
    setData(this.node, 'aggressor', trade.aggressor);
  }
}

export class TapeView {
  #root = byId('tape', HTMLElement);
  #state = byId('tape-state', HTMLElement);
  #rows = Array.from({ length: TAPE_TRADES_MAX }, () => new Row());
  #drawn = '';
  /** @type {import('../market/tape.js').TradeTape | null} */
  #tape = null;
  /** The newest trade at the last drawing. @type {string | null} */
  #newest = null;

  constructor() {
    byId('tape-rows', HTMLElement).append(...this.#rows.map((row) => row.node));
  }

  /** @param {import('../terminal.js').Terminal} terminal */
  render(terminal) {
    const { tape, connection } = terminal;
    const stale = staleText(tape, connection.status.phase);
    const drawn = `${tape.version} ${stale}`;
    if (drawn === this.#drawn && tape === this.#tape) return;
    const fresh = tape === this.#tape && this.#newest !== null ? this.#freshCount(tape) : 0;
    this.#drawn = drawn;
    this.#tape = tape;
    this.#newest = tape.trades[0]?.trade_id ?? null;
    for (const [rank, row] of this.#rows.entries()) {
      row.show(tape.trades[rank]);
      if (rank < fresh) row.flash.start(this.#flashColour(tape.trades[rank]));
    }
    setText(this.#state, stale);
    setData(this.#root, 'state', stale === '' ? 'live' : 'stale');
    setData(this.#root, 'seq', String(tape.seq));
  }

  /** How many trades stand above the one that was newest.
   * @param {import('../market/tape.js').TradeTape} tape */
  #freshCount(tape) {
    const index = tape.trades.findIndex((trade) => trade.trade_id === this.#newest);
    return index < 0 ? 0 : index;
  }

  /** @param {import('../market/tape.js').Trade} trade */
  #flashColour(trade) {
    return trade.aggressor === 'buy' ? '--bid-flash' : '--ask-flash';
  }
}
