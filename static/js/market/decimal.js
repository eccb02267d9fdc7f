/**
 * Exact decimal arithmetic on strings: money never becomes a float here.
 * Imports nothing; knows neither the protocol nor the document.
 */

const PLAIN_DECIMAL = /^(\d+)(?:\.(\d+))?$/;

/** Number of digits after the point, as written. @param {string} text @returns {number} */
export function decimalsOf(text) {
  const dot = text.indexOf('.');
  return dot < 0 ? 0 : text.length - dot - 1;
}

/**
 * Whole units of 10^-decimals; null when the text is not a plain decimal (no sign, exponent or
 * blanks) or is written finer than that.
 * @param {string} text @param {number} decimals @returns {bigint | null}
 */
export function toUnits(text, decimals) {
  const match = PLAIN_DECIMAL.exec(text);
  if (match === null) return null;
  const fraction = match[2] ?? '';
  if (fraction.length > decimals) return null;
  return BigInt(match[1] + fraction.padEnd(decimals, '0'));
}

/** The decimal text of units of 10^-decimals. @param {bigint} units @param {number} decimals */
export function fromUnits(units, decimals) {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0');
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Negative, zero or positive, as a is below, at or above b. @param {string} a @param {string} b */
export function compareDecimals(a, b) {
  const decimals = Math.max(decimalsOf(a), decimalsOf(b));
  const left = toUnits(a, decimals);
  const right = toUnits(b, decimals);
  if (left === null || right === null) throw new RangeError(`not a decimal: ${a} or ${b}`);
  return left < right ? -1 : Number(left > right);
}

/** The exact product, or null where either is not a plain decimal.
 * @param {string} a @param {string} b @returns {string | null} */
export function multiplyDecimals(a, b) {
  const left = toUnits(a, decimalsOf(a));
  const right = toUnits(b, decimalsOf(b));
  if (left === null || right === null) return null;
  return fromUnits(left * right, decimalsOf(a) + decimalsOf(b));
}

/** a - b with the finer of both precisions. @param {string} a @param {string} b */
export function subtractDecimals(a, b) {
  const decimals = Math.max(decimalsOf(a), decimalsOf(b));
  const left = toUnits(a, decimals);
  const right = toUnits(b, decimals);
  return left === null || right === null ? null : fromUnits(left - right, decimals);
}

/**
 * The nearest multiple of `step` in the given direction (+1, -1), not below one step; an empty or
 * unreadable text counts as zero.
 * @param {string} text @param {string} step @param {number} direction @returns {string}
 */
export function stepDecimal(text, step, direction) {
  const decimals = decimalsOf(step);
  const size = toUnits(step, decimals) ?? 1n;
  const units = toUnits(text, decimals) ?? 0n;
  const whole = units / size;
  const down = units % size === 0n ? whole - 1n : whole;
  const multiple = direction > 0 ? whole + 1n : down;
  return fromUnits((multiple < 1n ? 1n : multiple) * size, decimals);
}

/** Change from `open` to `last` in percent with two decimals and a sign; null where undefined.
 * @param {string | null} open @param {string | null} last @returns {string | null} */
export function changePercent(open, last) {
  if (open === null || last === null) return null;
  const decimals = Math.max(decimalsOf(open), decimalsOf(last));
  const from = toUnits(open, decimals);
  const to = toUnits(last, decimals);
  if (from === null || to === null || from === 0n) return null;
  const hundredths = ((to - from) * 10000n) / from;
  return `${hundredths >= 0n ? '+' : ''}${fromUnits(hundredths, 2)}`;
}

/** Thousands separated by thin spaces, without touching the fraction. @param {string} text */
export function groupThousands(text) {
  const [whole, fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, '\u2009');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
