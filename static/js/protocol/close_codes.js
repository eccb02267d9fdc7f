/**
 * What each close code asks of this page (docs/PROTOCOL.md, "Close codes").
 * Imports nothing; one row per code.
 */

/** @typedef {{retry: 'never' | 'backoff' | 'told', advice: string}} ClosePolicy */

/** @type {ReadonlyMap<number, ClosePolicy>} */
const POLICIES = new Map([
  [1009, { retry: 'never', advice: 'A message was too large. Reload the page.' }],
  [4400, { retry: 'never', advice: 'The server could not read our messages. Reload the page.' }],
  [4401, { retry: 'never', advice: 'Sign in with a fresh token.' }],
  [4403, { retry: 'never', advice: 'This account may not connect. Ask the operator.' }],
  [4408, { retry: 'backoff', advice: 'This page read too slowly.' }],
  [4409, { retry: 'never', advice: 'An administrator closed this connection.' }],
  [4413, { retry: 'never', advice: 'A message was too large. Reload the page.' }],
  [4429, { retry: 'told', advice: 'Too many messages.' }],
  [4503, { retry: 'told', advice: 'The server is restarting.' }],
]);

/** @type {ClosePolicy} */
const LOST = { retry: 'backoff', advice: 'The connection was lost.' };

/** @param {number} code @returns {ClosePolicy} */
export function closePolicy(code) {
  return POLICIES.get(code) ?? LOST;
}
