/** Figures of a price list, computed without a float. */

/** Wh as kWh in decimal text. */
export function kwhOf(wh: number): string {
  return decimalText(wh, 3);
}

const DECIMALS = 8;

/** The sum of two prices in decimal text. */
export function addPrices(one: string, other: string): string {
  const digits = (BigInt(digitsOf(one, DECIMALS)) + BigInt(digitsOf(other, DECIMALS))).toString().padStart(DECIMALS + 1, '0');
  const rest = digits.slice(-DECIMALS).replace(/0+$/, '');
  return `${digits.slice(0, -DECIMALS)}.${rest.padEnd(4, '0')}`;
}

/** A price with at least four decimals, as price lists print it. */
export function fourDecimals(price: string): string {
  return addPrices(price, '0');
}

/** A rate in millionths: `millionthsOf('1.05') === 1_050_000`. */
export function millionthsOf(rate: string): number {
  const size = Number(digitsOf(rate.replace('-', ''), 6));
  return rate.startsWith('-') ? -size : size;
}

/** Millionths as a percentage, `0.75` for 7500. */
export function percentOf(millionths: number): string {
  return decimalText(millionths, 4);
}

/** A percentage that somebody typed as a rate, `0.025` for `2.5`. */
export function rateOf(percent: string): string {
  return decimalText(Number(digitsOf(percent, 4)), 6);
}

function digitsOf(text: string, decimals: number): string {
  const [whole = '0', rest = ''] = text.split('.');
  return whole + rest.padEnd(decimals, '0').slice(0, decimals);
}

function decimalText(value: number, decimals: number): string {
  const digits = String(Math.abs(value)).padStart(decimals + 1, '0');
  const rest = digits.slice(-decimals).replace(/0+$/, '');
  return `${value < 0 ? '−' : ''}${digits.slice(0, -decimals)}${rest === '' ? '' : `.${rest}`}`;
}
