/**
 * The notices: what happened, newest first, each refusal with its code.
 */

import { byId, element, timeOfDay } from './dom.js';

const ROWS_MAX = 40;

export class NoticesView {
  #list = byId('notices', HTMLElement);
  #drawn = 0;

  /** @param {import('../terminal.js').Terminal} terminal */
  render({ notices, noticesVersion }) {
    const fresh = noticesVersion - this.#drawn;
    if (fresh === 0) return;
    this.#drawn = noticesVersion;
    for (const notice of notices.slice(0, Math.min(fresh, ROWS_MAX)).reverse()) {
      this.#list.prepend(this.#row(notice));
    }
    while (this.#list.children.length > ROWS_MAX) this.#list.lastElementChild?.remove();
  }

  /** @param {import('../terminal.js').Notice} notice */
  #row({ level, text, code, atMs }) {
    const time = element('time', {}, [timeOfDay(atMs * 1000).slice(0, 8)]);
    const badge = code === null ? [] : [element('code', {}, [code])];
    return element('li', { 'data-level': level }, [time, ...badge, element('span', {}, [text])]);
  }
}
