/** @secondpass/core through its public call. */
import { type BiEncoder, loadBiEncoder } from '@secondpass/core';
import { answerLines } from '../../cross-encoder/processes/answer-lines.ts';
import { ourVersions } from '../../cross-encoder/processes/our-versions.ts';

let encoder: BiEncoder | undefined;

await answerLines({
  async load({ directory, precision }) {
    encoder = await loadBiEncoder(directory, { precision });
    return { versions: ourVersions() };
  },
  async embed({ passages, wantVectors }) {
    const started = performance.now();
    const vectors = await encoder!.embed({ texts: passages, kind: 'passage' });
    const ms = performance.now() - started;
    return { ms, ...(wantVectors && { vectors: vectors.map((vector) => [...vector]) }) };
  },
});
