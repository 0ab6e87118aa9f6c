import type { Advice } from '../advise.ts';
import type { MeasuredSetting, TuningResult } from '../tuning-result.ts';
import { adviceInWords, goalInWords } from './advice-in-words.ts';
import { type Markup, markup } from './markup.ts';
import { change, describeSetting, milliseconds, percent, quality, range } from './numbers.ts';
import { table } from './parts.ts';

/** The advice, the evidence for it, and what to expect. */
export function verdictSection(result: TuningResult): Markup {
  const { advice, settings, current, stage1, measure, queries } = result;
  const advised = advice && settings[advice.setting]!;
  const inUse = settings[current]!;
  return markup`<section class="verdict"><h2>Advice</h2>
<p class="advice">${adviceInWords(result)}</p>
<p>Asked for: ${goalInWords(result.goal)}. Measured on ${queries.used} queries.</p>
${table(
  ['order', `${measure.label} on these queries`, 'above stage 1 (95 %)', 'stage 2, p50', 'stage 2, p95'],
  [
    ['stage 1 alone', quality(stage1.quality.mean), '–', '–', '–'],
    row(`in use: ${describeSetting(inUse)}`, inUse),
    ...(advised && advice.setting !== current ? [row(`advised: ${describeSetting(advised)}`, advised)] : []),
  ],
)}
${advice && expectation(result, advice)}</section>`;
}

function row(name: string, { quality: value, gain, p50Ms, p95Ms }: MeasuredSetting): readonly string[] {
  return [
    name,
    quality(value),
    `${change(gain.mean)}, ${range(gain)}`,
    milliseconds(p50Ms),
    milliseconds(p95Ms),
  ];
}

function expectation({ settings, measure }: TuningResult, advice: Advice): Markup {
  const { inSample, unseen, reference, chosen, verdicts } = advice;
  const [first] = chosen;
  const estimate = (name: string, { quality: value, gain }: Advice['unseen']) => [
    name,
    `${quality(value.mean)}, from ${quality(value.low)} to ${quality(value.high)}`,
    `${change(gain.mean)}, ${range(gain)}`,
  ];
  return markup`<h3>What to expect on other queries</h3>
${table(
  ['estimate', `${measure.label} (95 %)`, `above ${describeSetting(settings[reference]!)} (95 %)`],
  [
    estimate('on the queries that chose it', inSample),
    estimate('on queries that had no part in choosing', unseen),
  ],
)}
<p>The first line is too high by chance, because these queries chose the setting. The second is nested cross-validation: the choice was repeated without each fifth of the queries, three times over, and measured on that fifth. ${percent(first!.share)} of these choices were ${describeSetting(settings[first!.setting]!)}${
    chosen.length > 1 &&
    `, the others ${chosen
      .slice(1, 4)
      .map(({ setting, share }) => `${describeSetting(settings[setting]!)} (${percent(share)})`)
      .join('; ')}${chosen.length > 4 ? ' and more' : ''}`
  }.</p>
${table(
  ['step of the choice', 'gain on queries that had no part in choosing (99 %)', 'taken'],
  verdicts.map(({ step, gain, taken }) => [
    step === 'cheaper'
      ? 'settings that cost no more'
      : step === 'blended'
        ? 'blending weights too'
        : 'any depth, model and precision',
    `${change(gain.mean)}, ${range(gain)}`,
    taken ?? 'no: it may be noise',
  ]),
)}`;
}
