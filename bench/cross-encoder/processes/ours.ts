/** @secondpass/core through its public call. */
import { readFileSync } from 'node:fs';
import { type CrossEncoder, loadCrossEncoder } from '@secondpass/core';
import { answerLines } from './answer-lines.ts';
import { longestGapDuring } from './event-loop-gap.ts';

let encoder: CrossEncoder | undefined;

const core = JSON.parse(
  readFileSync(new URL('../../../packages/core/package.json', import.meta.url), 'utf8'),
) as { version: string; dependencies: Record<string, string> };

await answerLines({
  async load({ directory, precision }) {
    await encoder?.close();
    encoder = await loadCrossEncoder(directory, { precision });
    return {
      versions: {
        '@secondpass/core': core.version,
        'onnxruntime-node': core.dependencies['onnxruntime-node']!,
      },
    };
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
