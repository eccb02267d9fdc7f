/**
 * The order form. It checks only what can be said without the server – whether a text is a plain
 * decimal – and shows the server's refusal beside the field it concerns.
 */

import { decimalsOf, multiplyDecimals, stepDecimal, toUnits } from '../market/decimal.js';
import { byId, setData, setText } from './dom.js';

/** Which field a refusal is about. @type {Record<string, string>} */
const FIELD_OF_CODE = {
  invalid_price: 'price',
  price_band: 'price',
  post_only_would_cross: 'price',
  invalid_quantity: 'quantity',
  max_quantity: 'quantity',
  max_notional: 'quantity',
  no_liquidity: 'quantity',
  fok_unfillable: 'quantity',
};

export class OrderFormView {
  #form = byId('order-form', HTMLFormElement);
  #submit = byId('submit', HTMLButtonElement);
  #value = byId('order-value', HTMLElement);
  #message = byId('form-message', HTMLElement);
  #note = byId('form-note', HTMLElement);
  #priceUnit = byId('price-unit', HTMLElement);
  #quantityUnit = byId('quantity-unit', HTMLElement);
  #pending = false;

  /** @param {import('../terminal.js').Terminal} terminal */
  constructor(terminal) {
    this.terminal = terminal;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#form.addEventListener('input', () => this.#onInput());
    for (const name of ['price', 'quantity']) {
      this.#input(name).addEventListener('keydown', (event) => this.#onStep(name, event));
    }
    this.#onInput();
  }

  /** Take over a price from the ladder. @param {string} price */
  setPrice(price) {
    this.#radio('type', 'limit').checked = true;
    this.#input('price').value = price;
    this.#onInput();
  }

  /** Choose a side and go to the first field to fill. @param {'buy' | 'sell'} side */
  start(side) {
    this.#radio('side', side).checked = true;
    this.#onInput();
    this.#input(this.#choice('type') === 'limit' ? 'price' : 'quantity').focus();
  }

  /** @param {import('../terminal.js').Terminal} terminal */
  render(terminal) {
    const allowed = terminal.may('orders:write');
    const live = terminal.connection.status.phase === 'live';
    this.#submit.disabled = this.#pending || !allowed || !live || terminal.instrument === null;
    setText(this.#note, this.#noteText(terminal, allowed, live));
    const [base, quote] = this.#units(terminal.instrument?.symbol ?? '');
    setText(this.#priceUnit, quote);
    setText(this.#quantityUnit, base);
  }

  /** @param {import('../terminal.js').Terminal} terminal @param {boolean} allowed
   * @param {boolean} live */
  #noteText(terminal, allowed, live) {
    if (terminal.claims === null) return 'Sign in to trade';
    if (!allowed) return 'Token is read-only';
    if (!live) return 'Not connected';
    const state = terminal.instrument?.state ?? 'open';
    return state === 'open' ? '' : state.replace('_', ' ');
  }

  /** "ACME-USD" names what is traded and what it is priced in. @param {string} symbol */
  #units(symbol) {
    const parts = symbol.split('-');
    return parts.length === 2 ? parts : ['', ''];
  }

  /** @param {string} name */
  #input(name) {
    return /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(name));
  }

  /** @param {string} name @param {string} value */
  #radio(name, value) {
    const nodes = /** @type {RadioNodeList} */ (this.#form.elements.namedItem(name));
    const found = [...nodes].find((node) => /** @type {HTMLInputElement} */ (node).value === value);
    return /** @type {HTMLInputElement} */ (found);
  }

  /** @param {string} name */
  #choice(name) {
    return /** @type {RadioNodeList} */ (this.#form.elements.namedItem(name)).value;
  }

  #onInput() {
    const side = this.#choice('side');
    const limit = this.#choice('type') === 'limit';
    const timeInForce = this.#input('time_in_force');
    const postOnly = this.#input('post_only');
    this.#input('price').disabled = !limit;
    timeInForce.disabled = !limit;
    postOnly.disabled = !limit || timeInForce.value !== 'gtc';
    if (postOnly.disabled) postOnly.checked = false;
    setText(this.#submit, side === 'buy' ? 'Buy' : 'Sell');
    setData(this.#form, 'side', side);
    const value = limit ? this.#orderValue() : null;
    setText(this.#value, value ?? '–');
    this.#complain(null, '');
  }

  /** Price times quantity, exactly. */
  #orderValue() {
    return multiplyDecimals(this.#input('price').value, this.#input('quantity').value);
  }

  /** @param {string} name @param {KeyboardEvent} event */
  #onStep(name, event) {
    const instrument = this.terminal.instrument;
    if (instrument === null || !['ArrowUp', 'ArrowDown'].includes(event.key)) return;
    event.preventDefault();
    const input = this.#input(name);
    const step = name === 'price' ? instrument.tick_size : instrument.lot_size;
    input.value = stepDecimal(input.value, step, event.key === 'ArrowUp' ? 1 : -1);
    this.#onInput();
  }

  #send() {
    const { instrument } = this.terminal;
    if (instrument === null || this.#submit.disabled) return;
    const limit = this.#choice('type') === 'limit';
    for (const name of limit ? ['price', 'quantity'] : ['quantity']) {
      const text = this.#input(name).value.trim();
      if (toUnits(text, decimalsOf(text)) === null) {
        this.#complain(name, `A plain decimal is needed as ${name}, such as 1.25.`);
        return;
      }
    }
    this.#pending = true;
    this.terminal.placeOrder(this.#fields(instrument.symbol, limit), (code) => {
      this.#pending = false;
      if (code !== null) this.#complain(FIELD_OF_CODE[code] ?? null, `Not accepted: ${code}`);
      this.render(this.terminal);
    });
  }

  /** Only what the kind of order has: unknown or idle fields are refused.
   * @param {string} symbol @param {boolean} limit */
  #fields(symbol, limit) {
    const quantity = this.#input('quantity').value.trim();
    const order = { symbol, side: this.#choice('side'), type: this.#choice('type'), quantity };
    if (!limit) return order;
    return {
      ...order,
      price: this.#input('price').value.trim(),
      time_in_force: this.#input('time_in_force').value,
      post_only: this.#input('post_only').checked,
    };
  }

  /** @param {string | null} name of the field at fault @param {string} text */
  #complain(name, text) {
    setText(this.#message, text);
    for (const field of ['price', 'quantity']) {
      this.#input(field).setAttribute('aria-invalid', String(field === name));
    }
    if (name !== null) this.#input(name).focus();
  }
}
