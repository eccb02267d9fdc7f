/**
 * A table body whose rows are kept by key, so that a button does not vanish under the pointer
 * while the row beside it changes.
 */

import { element, setText } from './dom.js';

/**
 * @template T
 * @typedef {{title: string, className: string, text: (item: T) => string}} Column
 */

/** @template T */
export class KeyedTable {
  /** @type {Map<string, {node: HTMLElement, cells: HTMLElement[]}>} */
  #rows = new Map();

  /**
   * @param {HTMLElement} root holding a table with an empty head and body
   * @param {Column<T>[]} columns
   * @param {((item: T) => HTMLElement) | null} action a last cell made once per row
   */
  constructor(root, columns, action) {
    this.columns = columns;
    this.action = action;
    const titles = columns.map(({ title, className }) =>
      element('th', { class: className, scope: 'col' }, [title]),
    );
    if (action !== null) titles.push(element('th', { 'aria-label': 'Actions', 'scope': 'col' }));
    root.querySelector('thead')?.append(element('tr', {}, titles));
    this.body = /** @type {HTMLElement} */ (root.querySelector('tbody'));
  }

  /** @param {T[]} items in the order to show @param {(item: T) => string} keyOf */
  render(items, keyOf) {
    const wanted = new Set(items.map(keyOf));
    for (const [key, row] of this.#rows) {
      if (wanted.has(key)) continue;
      row.node.remove();
      this.#rows.delete(key);
    }
    for (const [index, item] of items.entries()) {
      const row = this.#rowOf(keyOf(item), item);
      for (const [rank, column] of this.columns.entries()) {
        setText(row.cells[rank], column.text(item));
      }
      const there = this.body.children[index] ?? null;
      if (there !== row.node) this.body.insertBefore(row.node, there);
    }
  }

  /** @param {string} key @param {T} item */
  #rowOf(key, item) {
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const cells = this.columns.map(({ className }) => element('td', { class: className }));
    const all = this.action === null ? cells : [...cells, element('td', {}, [this.action(item)])];
    const row = { node: element('tr', { 'data-key': key }, all), cells };
    this.#rows.set(key, row);
    return row;
  }
}
