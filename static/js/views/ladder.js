/**
 * The depth ladder: as many levels of both sides as fit, cumulative bars, own orders marked.
 * Draws LocalBook; a book that is not live is dimmed and says why.
 */

import { decimalsOf, fromUnits, subtractDecimals } from '../market/decimal.js';
import { Flash, byId, element, setData, setText } from './dom.js';

/** @typedef {import('../market/book.js').Level} Level */

const ROW_HEIGHT_PX = 21;
const ROWS_MIN = 3;
const ROWS_MAX = 50;

const STALE_TEXT = /** @type {Record<string, string>} */ ({
  waiting: 'waiting',
  subscribing: 'syncing',
  gap: 'stale: gap, syncing',
  checksum: 'stale: checksum, syncing',
  crossed: 'stale: crossed, syncing',
  malformed: 'stale: unreadable, syncing',
  disconnected: 'stale: disconnected',
});

/** What a view says of a sink: nothing while it is live on a live connection.
 * @param {{live: boolean, staleReason: string}} sink @param {string} phase */
export function staleText(sink, phase) {
  if (!sink.live) return STALE_TEXT[sink.staleReason] ?? sink.staleReason;
  return phase === 'live' ? '' : 'stale: silent';
}

/** One row of the ladder. */
class Row {
  /** @type {Level | null} */
  level = null;

  constructor() {
    this.price = element('span', { class: 'price', role: 'cell' });
    this.quantity = element('span', { class: 'quantity', role: 'cell' });
    this.total = element('span', { class: 'total', role: 'cell' });
    const cells = [this.price, this.quantity, this.total];
    this.node = element('div', { class: 'ladder-row', role: 'row', tabindex: '-1' }, cells);
    this.flash = new Flash(this.quantity);
  }

  /** @param {Level | null} level @param {string} total @param {number} share of the widest bar
   * @param {boolean} mine */
  show(level, total, share, mine) {
    this.level = level;
    setText(this.price, level === null ? '' : level.price);
    setText(this.quantity, level === null ? '' : level.quantity);
    setText(this.total, total);
    setData(this.node, 'mine', String(mine));
    this.node.style.setProperty('--share', share.toFixed(4));
  }
}

/** The rows of one side. */
class LadderSide {
  /** @type {Row[]} */
  rows = [];
  /** Quantities at the last drawing, by price. @type {Map<string, string>} */
  #before = new Map();

  /** @param {HTMLElement} root @param {'buy' | 'sell'} side */
  constructor(root, side) {
    this.root = root;
    this.side = side;
  }

  /** @param {number} count */
  resize(count) {
    while (this.rows.length > count) this.rows.pop()?.node.remove();
    while (this.rows.length < count) {
      const row = new Row();
      this.rows.push(row);
      if (this.side === 'sell') this.root.prepend(row.node);
      else this.root.append(row.node);
    }
  }

  /** Cumulative lots of the levels that fit. @param {readonly Level[]} levels @returns {bigint} */
  depthLots(levels) {
    return levels.slice(0, this.rows.length).reduce((sum, level) => sum + level.lots, 0n);
  }

  /** @param {readonly Level[]} levels @param {bigint} widestLots @param {Set<string>} mine
   * @param {boolean} quiet without flashes */
  draw(levels, widestLots, mine, quiet) {
    let lots = 0n;
    for (const [rank, row] of this.rows.entries()) {
      const level = levels[rank] ?? null;
      if (level === null) {
        row.show(null, '', 0, false);
        continue;
      }
      lots += level.lots;
      const share = Number(lots) / Number(widestLots);
      const total = fromUnits(lots, decimalsOf(level.quantity));
      row.show(level, total, share, mine.has(`${this.side}:${level.price}`));
      const changed = this.#before.get(level.price) !== level.quantity;
      if (changed && !quiet) row.flash.start(this.side === 'buy' ? '--bid-flash' : '--ask-flash');
    }
    this.#before = new Map(levels.map((level) => [level.price, level.quantity]));
  }
}

export class LadderView {
  #root = byId('ladder', HTMLElement);
  #state = byId('ladder-state', HTMLElement);
  #spread = byId('mid-spread', HTMLElement);
  #asks = new LadderSide(byId('asks', HTMLElement), 'sell');
  #bids = new LadderSide(byId('bids', HTMLElement), 'buy');
  #drawn = '';
  /** @type {import('../market/book.js').LocalBook | null} */
  #book = null;

  /** @param {(price: string) => void} onPick @param {() => void} onResize */
  constructor(onPick, onResize) {
    this.onPick = onPick;
    const sides = [this.#asks, this.#bids];
    const observer = new ResizeObserver(() => {
      for (const side of sides) {
        const fits = Math.floor(side.root.clientHeight / ROW_HEIGHT_PX);
        side.resize(Math.min(ROWS_MAX, Math.max(ROWS_MIN, fits)));
      }
      this.#drawn = '';
      onResize();
    });
    for (const side of sides) observer.observe(side.root);
    this.#root.addEventListener('click', (event) => this.#pick(event.target));
    this.#root.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** @param {import('../terminal.js').Terminal} terminal */
  render(terminal) {
    const { book, orders, connection } = terminal;
    const stale = staleText(book, connection.status.phase);
    const drawn = `${book.version} ${orders.version} ${stale}`;
    if (drawn === this.#drawn && book === this.#book) return;
    const quiet = !book.live || book !== this.#book || this.#drawn === '';
    this.#drawn = drawn;
    this.#book = book;
    this.#draw(book, orders.restingPrices(terminal.instrument?.symbol ?? null), quiet);
    setText(this.#state, stale);
    setData(this.#root, 'state', stale === '' ? 'live' : 'stale');
    setData(this.#root, 'seq', String(book.seq));
  }

  /** @param {import('../market/book.js').LocalBook} book @param {Set<string>} mine
   * @param {boolean} quiet */
  #draw(book, mine, quiet) {
    const bidLots = this.#bids.depthLots(book.bids);
    const askLots = this.#asks.depthLots(book.asks);
    const widestLots = bidLots > askLots ? bidLots : askLots;
    this.#bids.draw(book.bids, widestLots, mine, quiet);
    this.#asks.draw(book.asks, widestLots, mine, quiet);
    this.#keepOneTabStop();
    const both = book.bids.length > 0 && book.asks.length > 0;
    const spread = both ? subtractDecimals(book.asks[0].price, book.bids[0].price) : null;
    setText(this.#spread, spread === null ? '' : `Spread ${spread}`);
  }

  /** The rows as they stand on the screen, top down. */
  #rowsDown() {
    return [...this.#asks.rows].reverse().concat(this.#bids.rows);
  }

  #keepOneTabStop() {
    const rows = this.#rowsDown();
    if (rows.some((row) => row.node.tabIndex === 0)) return;
    if (this.#bids.rows.length > 0) this.#bids.rows[0].node.tabIndex = 0;
  }

  /** @param {EventTarget | null} target */
  #pick(target) {
    const node = target instanceof Element ? target.closest('.ladder-row') : null;
    const row = this.#rowsDown().find((one) => one.node === node);
    if (row !== undefined && row.level !== null) this.onPick(row.level.price);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const rows = this.#rowsDown();
    const index = rows.findIndex((row) => row.node === event.target);
    if (index < 0) return;
    if (event.key === 'Enter' || event.key === ' ') this.#pick(event.target);
    else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const next = rows[index + (event.key === 'ArrowUp' ? -1 : 1)];
      if (next === undefined) return;
      rows[index].node.tabIndex = -1;
      next.node.tabIndex = 0;
      next.node.focus();
    } else return;
    event.preventDefault();
  }
}
