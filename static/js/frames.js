/**
 * Drawing at most once per animation frame, however many messages arrive in between.
 */

export class Frames {
  #scheduled = false;

  /** @param {() => void} draw */
  constructor(draw) {
    this.draw = draw;
  }

  /** Something changed: draw with the next frame. */
  invalidate() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.draw();
    });
  }
}
