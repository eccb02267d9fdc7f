/**
 * The few helpers with which views touch the document: elements and text, never markup.
 * Imports nothing.
 */

/** The element of the page with this id, which index.html promises.
 * @template {HTMLElement} T @param {string} id @param {new () => T} type @returns {T} */
export function byId(id, type) {
  const node = document.getElementById(id);
  if (!(node instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`);
  return node;
}

/** @param {string} tag @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children @returns {HTMLElement} */
export function element(tag, attributes = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Write text only where it differs: an equal write would still cost layout.
 * @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {HTMLElement} node @param {string} name @param {string} value */
export function setData(node, name, value) {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}

/** Local time of day of a server time, with milliseconds. @param {number} timeUs */
export function timeOfDay(timeUs) {
  const date = new Date(timeUs / 1000);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()];
  const text = clock.map((value) => String(value).padStart(2, '0')).join(':');
  return `${text}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

const REDUCED_MOTION = '(prefers-reduced-motion: reduce)';
const FLASH_MS = 450;

/** A short flash of an element's background that can be started again and again. */
export class Flash {
  /** @type {Animation | null} */
  #animation = null;

  /** @param {HTMLElement} node */
  constructor(node) {
    this.node = node;
  }

  /** @param {string} colour the name of a CSS custom property */
  start(colour) {
    if (window.matchMedia(REDUCED_MOTION).matches) return;
    this.#animation?.cancel();
    const frames = [{ backgroundColor: `var(${colour})` }, { backgroundColor: 'transparent' }];
    this.#animation = this.node.animate(frames, { duration: FLASH_MS, easing: 'ease-out' });
  }
}
