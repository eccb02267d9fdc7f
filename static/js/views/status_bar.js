/**
 * The status bar: the proof that what is shown is whole (sequence, checksum, resyncs), the rate.
 */

import { byId, setData, setText } from './dom.js';

const RATE_WINDOW_MS = 1000;

export class StatusBarView {
  #seq = byId('stat-seq', HTMLElement);
  #checksum = byId('stat-checksum', HTMLElement);
  #checksumText = /** @type {HTMLElement} */ (this.#checksum.querySelector('b'));
  #resyncs = byId('stat-resyncs', HTMLElement);
  #rate = byId('stat-rate', HTMLElement);
  #epoch = byId('stat-epoch', HTMLElement);
  #countedMs = performance.now();
  #counted = 0;

  /** @param {import('../terminal.js').Terminal} terminal */
  render({ book, connection, resyncs, epoch }) {
    setText(this.#seq, book.seq === null ? '–' : String(book.seq));
    const hex = book.checksum === null ? '–' : book.checksum.toString(16).padStart(8, '0');
    setText(this.#checksumText, book.live ? `${hex} ✓` : hex);
    setData(this.#checksum, 'match', book.live ? 'yes' : 'unknown');
    setText(this.#resyncs, String(resyncs));
    setText(this.#epoch, epoch ?? '–');
    this.#renderRate(connection.messages);
  }

  /** @param {number} messages received in all */
  #renderRate(messages) {
    const nowMs = performance.now();
    const passedMs = nowMs - this.#countedMs;
    if (passedMs < RATE_WINDOW_MS) return;
    setText(this.#rate, String(Math.round(((messages - this.#counted) * 1000) / passedMs)));
    this.#countedMs = nowMs;
    this.#counted = messages;
  }
}
