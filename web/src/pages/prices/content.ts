/** A version of a tariff as the API gives it: energy in Wh, prices in yuan per unit and rates as decimal text. */
export type Content = {
  id: string;
  from: string;
  until: string | null;
  source: Source;
  registers: string[];
  bands: Band[];
  tiers: Tiers | null;
  households: { persons_from: number; add_per_month: number; source: Source }[];
  reliefs: { concessions: string[]; grant: Grant; source: Source }[];
  funds: { code: string; name: Named; price: string; source: Source }[];
  basic?: Basic;
  power_factor?: PowerFactor;
  loss?: Loss;
  /** In fen. */
  least?: { per_month: number; source: Source };
  periods?: Layer[];
};

export type Source = { title: string; mark: string };
type Named = { zh: string; en: string };

/** Prices by register; the months that they hold in are left out where they hold in all. */
export type Band = { voltages: string[]; months?: number[]; energy: [string, string][]; composition?: Composition };

/** What a price is made of; what floats is multiplied by the ratio of the period. */
export type Composition = {
  components: { code: string; name: Named; price: string; floats: boolean }[];
  ratios: [string, string][];
  cap?: string;
};

export type Tiers = { span: 'year' | 'month'; limits: { months: number[]; up_to: number[] }[]; surcharges: Surcharge[] };
type Surcharge = { same: string } | { byregister: [string, string][] };
type Grant = { 'free-energy': number } | { amount: string };

export const MODES = ['capacity', 'contract', 'actual'] as const;

/** The basic charge of a two-part tariff; `demand_window` in quarters of an hour. */
export type Basic = {
  prices: { voltages: string[]; per_kva: string; per_kw: string }[];
  floor?: { share: string; modes: string[] };
  excess?: { over: string; times: string; base: 'contract' | 'threshold' };
  high_use?: { per_kva: number; rate: string };
  least_suspension_days: number;
  demand_window: number;
  source: Source;
};

/** Factors in hundredths; each hundredth until `to` changes the charge by `each`. */
export type PowerFactor = { standard: number; rise: Step[]; fall: Step[]; source: Source };
export type Step = { to: number; each: string };

export type Loss = { copper: string; copper_high: string; high_load: string; source: Source };

/** Hours in quarters from midnight; a later layer lies over the earlier ones on the days that it is for. */
export type Layer = { months?: number[]; days?: string[]; hot?: boolean; hours: { register: string; from: number; to: number }[] };

/** Voltages that are priced differently, by energy or by capacity. */
export function voltagesOf({ bands, basic }: Content): { all: string[]; differ: boolean } {
  const lists = [...bands.map((band) => band.voltages), ...(basic?.prices ?? []).map((price) => price.voltages)];
  const groups = new Set(lists.map((voltages) => voltages.join()));
  return { all: [...new Set(bands.flatMap((band) => band.voltages))], differ: groups.size > 1 };
}

/** What the kWh of a tier cost on top of the first tier's price. */
export function surchargeOf(tiers: Tiers | null, tier: number, register: string): string {
  const surcharge = tier === 1 ? undefined : tiers?.surcharges[tier - 2];
  if (surcharge === undefined) {
    return '0';
  }
  return 'same' in surcharge ? surcharge.same : (surcharge.byregister.find(([name]) => name === register)?.[1] ?? '0');
}
