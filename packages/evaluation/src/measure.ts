import { RetrievalError } from '@secondpass/core';
import { describeValue } from '@secondpass/core/extend';
import {
  averagePrecision,
  bpref,
  judgedShare,
  type MeasureFormula,
  ndcg,
  precision,
  recall,
  reciprocalRank,
  success,
} from './measure-formulas.ts';

/** A measure of rankings. */
export interface Measure {
  /** The name in trec_eval: `ndcg_cut_10`. */
  readonly name: string;
  /** The name for readers: `nDCG@10`. */
  readonly label: string;
  /** The last rank that counts; `Infinity` if all count. */
  readonly cutoff: number;
  readonly formula: MeasureFormula;
}

interface Family {
  readonly label: string;
  readonly formula: MeasureFormula;
}

const whole: Readonly<Record<string, Family>> = {
  ndcg: { label: 'nDCG', formula: ndcg },
  recip_rank: { label: 'MRR', formula: reciprocalRank },
  map: { label: 'MAP', formula: averagePrecision },
  bpref: { label: 'bpref', formula: bpref },
};

const cut: Readonly<Record<string, Family>> = {
  ndcg_cut: { label: 'nDCG', formula: ndcg },
  recip_rank_cut: { label: 'MRR', formula: reciprocalRank },
  map_cut: { label: 'MAP', formula: averagePrecision },
  recall: { label: 'recall', formula: recall },
  P: { label: 'P', formula: precision },
  success: { label: 'success', formula: success },
  judged: { label: 'judged', formula: judgedShare },
};

/** The default measures. */
export const defaultMeasures: readonly string[] = [
  'ndcg_cut_10',
  'recip_rank_cut_10',
  'map',
  'recall_100',
  'P_5',
  'bpref',
  'judged_10',
];

const mostCutoff = 10_000;

/**
 * Reads the name of a measure, as trec_eval writes it: `ndcg`, `ndcg_cut_10`, `recip_rank`, `map`, `map_cut_100`, `recall_100`,
 * `P_5`, `success_1`, `bpref`; and two that trec_eval has no name for: `recip_rank_cut_10` (its `recip_rank` with `-M 10`) and
 * `judged_10`. Cutoffs go from 1 to 10,000.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { parseMeasure } from '@secondpass/evaluation';
 * parseMeasure('ndcg_cut_10').label; // → 'nDCG@10'
 */
export function parseMeasure(name: string): Measure {
  if (typeof name !== 'string') throw unknownMeasure(describeValue(name));
  const bare = Object.hasOwn(whole, name) ? whole[name] : undefined;
  if (bare) return { name, ...bare, cutoff: Infinity };
  const [, stem = '', digits = ''] = /^([A-Za-z_]+)_([1-9]\d{0,4})$/.exec(name) ?? [];
  const family = Object.hasOwn(cut, stem) ? cut[stem]! : undefined;
  const cutoff = Number(digits);
  if (!family || cutoff > mostCutoff) throw unknownMeasure(name);
  return { name, label: `${family.label}@${cutoff}`, cutoff, formula: family.formula };
}

function unknownMeasure(name: string): RetrievalError {
  const [, label = name, digits = ''] = /^(.*?)[@._]?(\d*)$/.exec(name) ?? [];
  const families = Object.entries(digits === '' ? whole : cut);
  const [near] = families.find(([stem, family]) => matches(label, stem, family)) ?? [];
  const known = [...Object.keys(whole), ...Object.keys(cut).map((stem) => `${stem}_k`)].join(', ');
  return new RetrievalError({
    code: 'invalid-options',
    origin: 'evaluation',
    problem: `${JSON.stringify(name)} is not a known measure.`,
    nextStep:
      near === undefined || Number(digits) > mostCutoff || digits.startsWith('0')
        ? `Measures are ${known}, with k from 1 to ${mostCutoff.toLocaleString('en')}.`
        : `Write it as trec_eval does: ${digits === '' ? near : `${near}_${digits}`}.`,
  });
}

function matches(given: string, stem: string, { label }: Family): boolean {
  const plain = given.toLowerCase();
  const others: Readonly<Record<string, string>> = { rr: 'MRR', ap: 'MAP', precision: 'P', r: 'recall' };
  return [stem.toLowerCase(), label.toLowerCase()].includes(plain) || others[plain] === label;
}
