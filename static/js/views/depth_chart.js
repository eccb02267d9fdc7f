/**
 * The depth chart: cumulative quantity of both sides around the middle, drawn on a canvas.
 * Positions are floats because they are pixels; every label is an exact decimal of the book.
 */

import { decimalsOf, fromUnits } from '../market/decimal.js';
import { byId, setText } from './dom.js';

/** @typedef {import('../market/book.js').Level} Level
 *  @typedef {{ticks: bigint, lots: bigint, price: string}} Step one level, lots cumulated */

const MARGIN = { top: 12, right: 0, bottom: 22, left: 0 };
const GRID_ROWS = 4;
const LABEL_FONT = '11px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';
/** The farthest tenth of the levels does not set the scale: one stray order would flatten it. */
const SCALE_RANK = 0.9;

/** @param {readonly Level[]} levels @returns {Step[]} */
function cumulate(levels) {
  let lots = 0n;
  return levels.map(({ ticks, price, lots: own }) => {
    lots += own;
    return { ticks, lots, price };
  });
}

/** @param {bigint} a @param {bigint} b */
const larger = (a, b) => (a > b ? a : b);

export class DepthChartView {
  #canvas = byId('chart', HTMLCanvasElement);
  #note = byId('chart-note', HTMLElement);
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d'));
  #width = 0;
  #height = 0;
  #drawn = '';
  /** @type {import('../market/book.js').LocalBook | null} */
  #book = null;
  /** Pixels from the left where the pointer is. @type {number | null} */
  #pointerX = null;
  #colours = /** @type {Record<string, string>} */ ({});

  /** @param {() => void} onChange told when it should be drawn again */
  constructor(onChange) {
    new ResizeObserver(() => {
      this.#resize();
      onChange();
    }).observe(this.#canvas);
    const move = (/** @type {number | null} */ x) => {
      this.#pointerX = x;
      this.#drawn = '';
      onChange();
    };
    this.#canvas.addEventListener('pointermove', (event) => move(event.offsetX));
    this.#canvas.addEventListener('pointerleave', () => move(null));
  }

  /** @param {import('../terminal.js').Terminal} terminal */
  render(terminal) {
    const { book } = terminal;
    const drawn = `${book.version} ${terminal.connection.status.phase}`;
    if (this.#width === 0 || (drawn === this.#drawn && book === this.#book)) return;
    this.#drawn = drawn;
    this.#book = book;
    this.#context.clearRect(0, 0, this.#width, this.#height);
    const live = book.live && terminal.connection.status.phase === 'live';
    this.#context.globalAlpha = live ? 1 : 0.35;
    if (book.bids.length > 0 && book.asks.length > 0) this.#draw(book);
  }

  #resize() {
    const ratio = window.devicePixelRatio;
    this.#width = this.#canvas.clientWidth;
    this.#height = this.#canvas.clientHeight;
    this.#canvas.width = Math.round(this.#width * ratio);
    this.#canvas.height = Math.round(this.#height * ratio);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(this.#canvas);
    for (const name of ['bid', 'ask', 'bid-fill', 'ask-fill', 'line', 'muted', 'text', 'panel']) {
      this.#colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
    this.#drawn = '';
  }

  /** @param {import('../market/book.js').LocalBook} book */
  #draw(book) {
    const bids = cumulate(book.bids);
    const asks = cumulate(book.asks);
    const middle = (bids[0].ticks + asks[0].ticks) / 2n;
    const reach = (/** @type {Step[]} */ steps) => {
      const ticks = steps[Math.floor((steps.length - 1) * SCALE_RANK)].ticks - middle;
      return ticks < 0n ? -ticks : ticks;
    };
    const halfTicks = larger(larger(reach(bids), reach(asks)), 1n);
    const within = (/** @type {Step} */ { ticks }) =>
      ticks >= middle - halfTicks && ticks <= middle + halfTicks;
    const shown = { bids: bids.filter(within), asks: asks.filter(within) };
    const topLots = larger(shown.bids.at(-1)?.lots ?? 1n, shown.asks.at(-1)?.lots ?? 1n);
    const scale = this.#scale(middle - halfTicks, halfTicks * 2n, topLots);
    this.#grid(book, scale, middle, halfTicks, topLots);
    this.#area(shown.bids, scale, 'bid', 0);
    this.#area(shown.asks, scale, 'ask', this.#width);
    this.#crosshair(book, [...shown.bids, ...shown.asks], scale);
    const quantity = decimalsOf(book.bids[0].quantity);
    const sum = (/** @type {Step[]} */ steps) => fromUnits(steps.at(-1)?.lots ?? 0n, quantity);
    setText(this.#note, `${book.bids.length} + ${book.asks.length} levels`);
    const label = `Depth chart: bids ${sum(bids)} from ${bids[0].price} down, `;
    this.#canvas.ariaLabel = `${label}asks ${sum(asks)} from ${asks[0].price} up.`;
  }

  /** @param {bigint} fromTicks @param {bigint} spanTicks @param {bigint} topLots */
  #scale(fromTicks, spanTicks, topLots) {
    const plotHeight = this.#height - MARGIN.top - MARGIN.bottom;
    return {
      x: (/** @type {bigint} */ ticks) =>
        (Number(ticks - fromTicks) / Number(spanTicks)) * this.#width,
      y: (/** @type {bigint} */ lots) =>
        MARGIN.top + plotHeight * (1 - Number(lots) / Number(topLots) / 1.05),
      floor: this.#height - MARGIN.bottom,
    };
  }

  /** @param {import('../market/book.js').LocalBook} book @param {any} scale @param {bigint} middle
   * @param {bigint} halfTicks @param {bigint} topLots */
  #grid(book, scale, middle, halfTicks, topLots) {
    const context = this.#context;
    const price = decimalsOf(book.bids[0].price);
    const quantity = decimalsOf(book.bids[0].quantity);
    context.font = LABEL_FONT;
    context.fillStyle = this.#colours.muted;
    context.strokeStyle = this.#colours.line;
    context.lineWidth = 1;
    context.textAlign = 'right';
    for (let row = 1; row <= GRID_ROWS; row += 1) {
      const lots = (topLots * BigInt(row)) / BigInt(GRID_ROWS);
      const y = Math.round(scale.y(lots)) + 0.5;
      this.#stroke([
        [0, y],
        [this.#width, y],
      ]);
      context.fillText(fromUnits(lots, quantity), this.#width - 8, y + 13);
    }
    for (const eighth of [1n, 3n, 5n, 7n]) {
      const ticks = middle - halfTicks + (halfTicks * 2n * eighth) / 8n;
      context.textAlign = 'center';
      context.fillText(fromUnits(ticks, price), scale.x(ticks), this.#height - 7);
    }
  }

  /** @param {[number, number][]} points */
  #stroke(points) {
    this.#context.beginPath();
    for (const [x, y] of points) this.#context.lineTo(x, y);
    this.#context.stroke();
  }

  /** A staircase from the best level outwards. @param {Step[]} steps @param {any} scale
   * @param {'bid' | 'ask'} colour @param {number} edgeX where the side leaves the picture */
  #area(steps, scale, colour, edgeX) {
    if (steps.length === 0) return;
    /** @type {[number, number][]} */
    const points = [[scale.x(steps[0].ticks), scale.floor]];
    for (const [rank, step] of steps.entries()) {
      const y = scale.y(step.lots);
      points.push([scale.x(step.ticks), y]);
      points.push([rank + 1 < steps.length ? scale.x(steps[rank + 1].ticks) : edgeX, y]);
    }
    const context = this.#context;
    const fill = context.createLinearGradient(0, MARGIN.top, 0, scale.floor);
    fill.addColorStop(0, this.#colours[`${colour}-fill`]);
    fill.addColorStop(1, 'transparent');
    context.fillStyle = fill;
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.lineTo(edgeX, scale.floor);
    context.fill();
    context.strokeStyle = this.#colours[colour];
    context.lineWidth = 1.5;
    this.#stroke(points);
  }

  /** The level nearest to the pointer, with its exact price and cumulative quantity.
   * @param {import('../market/book.js').LocalBook} book @param {Step[]} steps @param {any} scale */
  #crosshair(book, steps, scale) {
    const pointerX = this.#pointerX;
    if (pointerX === null || steps.length === 0) return;
    const distance = (/** @type {Step} */ step) => Math.abs(scale.x(step.ticks) - pointerX);
    const nearest = steps.reduce((best, step) => (distance(step) < distance(best) ? step : best));
    const x = scale.x(nearest.ticks);
    const y = scale.y(nearest.lots);
    const context = this.#context;
    context.strokeStyle = this.#colours.muted;
    context.setLineDash([3, 3]);
    this.#stroke([
      [x, MARGIN.top],
      [x, scale.floor],
    ]);
    this.#stroke([
      [0, y],
      [this.#width, y],
    ]);
    context.setLineDash([]);
    const lots = fromUnits(nearest.lots, decimalsOf(book.bids[0].quantity));
    const text = `${nearest.price}  Σ ${lots}`;
    const width = context.measureText(text).width + 16;
    const left = Math.min(Math.max(x - width / 2, 4), this.#width - width - 4);
    context.fillStyle = this.#colours.panel;
    context.fillRect(left, MARGIN.top, width, 22);
    context.strokeRect(left, MARGIN.top, width, 22);
    context.fillStyle = this.#colours.text;
    context.textAlign = 'center';
    context.fillText(text, left + width / 2, MARGIN.top + 15);
  }
}
