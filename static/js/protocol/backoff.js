/**
 * How long to wait before trying again: exponential growth with full jitter over its upper half.
 * Imports nothing; randomness is an argument.
 */

export const BACKOFF_BASE_MS = 500;
export const BACKOFF_MAX_MS = 30000;

/**
 * Milliseconds to wait before attempt 1, 2, 3…
 * @param {number} attempt @param {() => number} random uniform in [0, 1)
 */
export function backoffMs(attempt, random) {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
