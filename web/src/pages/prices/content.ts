/** A version of a tariff as the API gives it: energy in Wh, prices in yuan per kWh as decimal text. */
export type Content = {
  id: string;
  from: string;
  until: string | null;
  source: Source;
  registers: string[];
  bands: { voltages: string[]; energy: [string, string][] }[];
  tiers: Tiers | null;
  households: { persons_from: number; add_per_month: number; source: Source }[];
  reliefs: { concessions: string[]; grant: Grant; source: Source }[];
  funds: { code: string; name: { zh: string; en: string }; price: string; source: Source }[];
};

export type Source = { title: string; mark: string };
type Tiers = { span: 'year' | 'month'; limits: { months: number[]; up_to: number[] }[]; surcharges: Surcharge[] };
type Surcharge = { same: string } | { byregister: [string, string][] };
type Grant = { 'free-energy': number } | { amount: string };

/** Wh as kWh in decimal text. */
export function kwhOf(wh: number): string {
  const whole = Math.trunc(wh / 1000);
  const rest = Math.abs(wh % 1000);
  return rest === 0 ? String(whole) : `${whole}.${String(rest).padStart(3, '0').replace(/0+$/, '')}`;
}

const DECIMALS = 8;

function unitsOf(price: string): bigint {
  const [whole = '0', rest = ''] = price.split('.');
  return BigInt(whole + rest.padEnd(DECIMALS, '0').slice(0, DECIMALS));
}

/** The sum of two prices in decimal text. */
export function addPrices(one: string, other: string): string {
  const digits = (unitsOf(one) + unitsOf(other)).toString().padStart(DECIMALS + 1, '0');
  const rest = digits.slice(-DECIMALS).replace(/0+$/, '');
  return `${digits.slice(0, -DECIMALS)}.${rest.padEnd(4, '0')}`;
}

/** A price with at least four decimals, as price lists print it. */
export function fourDecimals(price: string): string {
  return addPrices(price, '0');
}

/** What the kWh of a tier cost on top of the first tier's price. */
export function surchargeOf(tiers: Tiers | null, tier: number, register: string): string {
  const surcharge = tier === 1 ? undefined : tiers?.surcharges[tier - 2];
  if (surcharge === undefined) {
    return '0';
  }
  return 'same' in surcharge ? surcharge.same : (surcharge.byregister.find(([name]) => name === register)?.[1] ?? '0');
}
