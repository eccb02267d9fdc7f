/**
 * The bearer token: where the page gets it, keeps it, and what it says about itself.
 * Kept in sessionStorage alone, so that it ends with the tab. Never sends it anywhere.
 */

const STORAGE_KEY = 'depthcast.token';

/** @typedef {{account: string, scopes: Set<string>, expiresMs: number}} Claims */

/**
 * What a JWT claims, unverified (the server decides); null where it is not a JWT.
 * @param {string} token @returns {Claims | null}
 */
export function readClaims(token) {
  const parts = token.split('.');
  if (parts.length !== 3) return null;
  try {
    const base64 = parts[1].replace(/-/g, '+').replace(/_/g, '/');
    const claims = JSON.parse(atob(base64));
    if (typeof claims.sub !== 'string' || typeof claims.exp !== 'number') return null;
    const scopes = new Set(String(claims.scope ?? '').split(' '));
    return { account: claims.sub, scopes, expiresMs: claims.exp * 1000 };
  } catch (error) {
    // atob throws DOMException, JSON.parse SyntaxError; JSON's null has no fields: TypeError.
    if ([DOMException, SyntaxError, TypeError].some((kind) => error instanceof kind)) return null;
    throw error;
  }
}

/** Where one bearer token is kept. */
export class TokenStore {
  /** @param {Storage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** @returns {string | null} */
  get() {
    return this.storage.getItem(STORAGE_KEY);
  }

  /** @param {string | null} token null forgets it */
  set(token) {
    if (token === null) this.storage.removeItem(STORAGE_KEY);
    else this.storage.setItem(STORAGE_KEY, token);
  }
}

/**
 * Take `name` out of a fragment such as "#token=…&symbol=ACME-USD".
 * @param {string} hash @param {string} name
 * @returns {{value: string | null, rest: string}} the rest with its "#", or "" when nothing is left
 */
export function takeFromFragment(hash, name) {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const value = fields.get(name);
  fields.delete(name);
  const rest = fields.toString();
  return { value, rest: rest === '' ? '' : `#${rest}` };
}
