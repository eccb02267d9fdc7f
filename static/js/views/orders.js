/**
 * Own orders: the open ones with cancel buttons, and those that ended while the page was open.
 */

import { byId, element, setData, setText, timeOfDay } from './dom.js';
import { KeyedTable } from './keyed_table.js';
import { staleText } from './ladder.js';

/** @typedef {import('../market/own_orders.js').Order} Order */

/** More rows than anybody reads would only make the page slow. */
const OPEN_ROWS_MAX = 200;

/** @param {Order} order */
const keyOf = (order) => order.order_id;

/** @type {import('./keyed_table.js').Column<Order>[]} */
const COLUMNS = [
  { title: 'Time', className: 'wide', text: (order) => timeOfDay(order.created_us).slice(0, 8) },
  { title: 'Market', className: 'market', text: (order) => order.symbol },
  { title: 'Side', className: 'side', text: (order) => order.side },
  { title: 'Type', className: 'wide', text: (order) => `${order.type} ${order.time_in_force}` },
  { title: 'Price', className: 'number', text: (order) => order.price ?? 'market' },
  { title: 'Quantity', className: 'number', text: (order) => order.quantity },
  { title: 'Filled', className: 'number', text: (order) => order.filled_quantity },
];

/** @type {import('./keyed_table.js').Column<Order>[]} */
const DONE_COLUMNS = [
  ...COLUMNS,
  { title: 'Average', className: 'number wide', text: (order) => order.average_price ?? '–' },
  {
    title: 'Status',
    className: 'status',
    text: ({ status, reason }) => (reason ? `${status}: ${reason}` : status),
  },
];

export class OrdersView {
  #root = byId('orders', HTMLElement);
  #state = byId('orders-state', HTMLElement);
  #cancelAll = byId('cancel-all', HTMLButtonElement);
  #tabs = [byId('tab-open', HTMLElement), byId('tab-done', HTMLElement)];
  #panels = [byId('open-orders', HTMLElement), byId('done-orders', HTMLElement)];
  #drawn = '';

  /** @param {import('../terminal.js').Terminal} terminal */
  constructor(terminal) {
    this.terminal = terminal;
    this.open = new KeyedTable(this.#panels[0], COLUMNS, (order) => this.#cancelButton(order));
    this.done = new KeyedTable(this.#panels[1], DONE_COLUMNS, null);
    this.#cancelAll.addEventListener('click', () => terminal.cancelAll(null, () => undefined));
    for (const [index, tab] of this.#tabs.entries()) {
      tab.addEventListener('click', () => this.#select(index));
      tab.addEventListener('keydown', (event) => {
        if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') this.#select(1 - index);
      });
    }
  }

  /** @param {import('../terminal.js').Terminal} terminal */
  render({ orders, connection, claims }) {
    const stale = claims === null ? 'signed out' : staleText(orders, connection.status.phase);
    const drawn = `${orders.version} ${stale}`;
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const open = [...orders.open.values()].reverse();
    this.open.render(open.slice(0, OPEN_ROWS_MAX), keyOf);
    this.done.render(orders.done, keyOf);
    this.#markSides();
    setText(byId('open-count', HTMLElement), String(open.length));
    setText(byId('done-count', HTMLElement), String(orders.done.length));
    byId('open-empty', HTMLElement).hidden = open.length > 0;
    byId('done-empty', HTMLElement).hidden = orders.done.length > 0;
    this.#cancelAll.disabled = open.length === 0 || stale !== '';
    setText(this.#state, stale);
    setData(this.#root, 'state', stale === '' ? 'live' : 'stale');
    setData(this.#root, 'seq', String(orders.seq));
  }

  #markSides() {
    for (const cell of this.#root.querySelectorAll('td.side')) {
      setData(/** @type {HTMLElement} */ (cell), 'side', cell.textContent ?? '');
    }
  }

  /** @param {Order} order */
  #cancelButton(order) {
    const { order_id: id, side, quantity, symbol } = order;
    const label = `Cancel order ${id}: ${side} ${quantity} ${symbol}`;
    const button = element('button', { 'type': 'button', 'class': 'button', 'aria-label': label }, [
      'Cancel',
    ]);
    button.addEventListener('click', () => {
      button.toggleAttribute('disabled', true);
      this.terminal.cancelOrder(id, () => button.toggleAttribute('disabled', false));
    });
    return button;
  }

  /** @param {number} index of the tab */
  #select(index) {
    for (const [rank, tab] of this.#tabs.entries()) {
      tab.setAttribute('aria-selected', String(rank === index));
      tab.tabIndex = rank === index ? 0 : -1;
      this.#panels[rank].hidden = rank !== index;
    }
    this.#tabs[index].focus();
  }
}
