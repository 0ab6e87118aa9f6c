import { createHash } from 'node:crypto';
import { z } from 'zod';
import { checkOptions, text } from '../../foundation/check-options.ts';
import type { Closable } from '../../foundation/closable.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { checkEmbedRequest } from '../../retrieval/seams/check-embed-request.ts';
import type { Embedder, EmbedRequest } from '../../retrieval/seams/embedder.ts';
import type { BiEncoder } from './bi-encoder.ts';
import type { BiEncoderOptions } from './bi-encoder-options.ts';
import { openBiEncoder } from './load-bi-encoder.ts';

/** The two model directories of a pair. */
export interface DualEncoderDirectories {
  readonly query: string;
  readonly passage: string;
}

const directoriesSchema = z.strictObject({ query: text, passage: text });

/**
 * One model for queries and another one for passages, trained together, as in Dense Passage Retrieval (Karpukhin et al.
 * 2020). Made by {@link loadDualEncoder}.
 *
 * @example
 * import { type DualEncoder, loadDualEncoder } from '@secondpass/core/models';
 * const directories = { query: 'models/question-encoder', passage: 'models/context-encoder' };
 * await using embedder: DualEncoder = await loadDualEncoder(directories);
 * const [vector] = await embedder.embed({ texts: ['Why does bread rise?'], kind: 'query' });
 * vector?.length === embedder.query.dimensions; // → true
 */
export class DualEncoder implements Embedder, Closable {
  readonly name: string;
  /** A digest of both models' fingerprints. */
  readonly fingerprint: string;
  readonly dimensions: number;
  /** What embeds queries. */
  readonly query: BiEncoder;
  /** What embeds passages. */
  readonly passage: BiEncoder;

  constructor(name: string, { query, passage }: { readonly query: BiEncoder; readonly passage: BiEncoder }) {
    this.name = name;
    this.dimensions = passage.dimensions;
    this.query = query;
    this.passage = passage;
    this.fingerprint = createHash('sha256')
      .update(JSON.stringify([query.fingerprint, passage.fingerprint]))
      .digest('hex');
  }

  /** @throws RetrievalError as {@link BiEncoder.embed} does; or the signal's reason */
  async embed(request: EmbedRequest): Promise<readonly Float32Array[]> {
    checkEmbedRequest(request, this.name);
    return this[request.kind].embed(request);
  }

  async close(): Promise<void> {
    await Promise.all([this.query.close(), this.passage.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Loads a question encoder and a context encoder. DPR's own exports need no further files: the vector is the [CLS]
 * token's, or the graph's `pooler_output`, and is not scaled, so that **the index has to compare by inner product**.
 * Other models are pooled as their `modules.json` says. Each model has worker threads of its own.
 *
 * @throws RetrievalError as {@link loadBiEncoder} does, `model-unsupported` when the two are swapped, `dimension-mismatch`
 * when their vectors differ in length
 *
 * @example
 * import { loadDualEncoder } from '@secondpass/core/models';
 * const directories = { query: 'models/question-encoder', passage: 'models/context-encoder' };
 * await using embedder = await loadDualEncoder(directories, { workers: 1 });
 * embedder.dimensions === embedder.passage.dimensions; // → true
 */
export async function loadDualEncoder(
  directories: DualEncoderDirectories,
  options: BiEncoderOptions = {},
): Promise<DualEncoder> {
  checkOptions(directoriesSchema, directories, { origin: options?.name ?? 'dual-encoder' });
  const [query, passage] = await openBoth(directories, options);
  if (query.dimensions === passage.dimensions) {
    return new DualEncoder(options.name ?? `${query.name}+${passage.name}`, { query, passage });
  }
  await Promise.all([query.close(), passage.close()]);
  throw new RetrievalError({
    code: 'dimension-mismatch',
    origin: query.name,
    problem: `Its vectors have ${query.dimensions} dimensions, and those of ${passage.name} ${passage.dimensions}.`,
    nextStep: 'Use two encoders that were trained together.',
  });
}

async function openBoth(
  { query, passage }: DualEncoderDirectories,
  options: BiEncoderOptions,
): Promise<readonly [BiEncoder, BiEncoder]> {
  const outcomes = await Promise.allSettled([
    openBiEncoder(query, options, 'query'),
    openBiEncoder(passage, options, 'passage'),
  ]);
  const [first, second] = outcomes;
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value];
  await Promise.all(outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value.close()));
  throw outcomes.find((outcome) => outcome.status === 'rejected')!.reason;
}
