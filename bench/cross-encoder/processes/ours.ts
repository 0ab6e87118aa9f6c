/** @secondpass/core through its public call. */
import { type CrossEncoder, loadCrossEncoder } from '@secondpass/core';
import { answerLines } from './answer-lines.ts';
import { longestGapDuring } from './event-loop-gap.ts';
import { ourVersions } from './our-versions.ts';

let encoder: CrossEncoder | undefined;

await answerLines({
  async load({ directory, precision }) {
    await encoder?.close();
    encoder = await loadCrossEncoder(directory, { precision });
    return { versions: ourVersions() };
  },
  async score({ query, passages }) {
    const started = performance.now();
    const scores = await encoder!.score({ query, passages });
    const ms = performance.now() - started;
    return { ms, scores: scores.map(({ rawScore }) => rawScore), scale: 'logit' };
  },
  async gap({ query, passages }) {
    return { longestGapMs: await longestGapDuring(() => encoder!.score({ query, passages })) };
  },
});
