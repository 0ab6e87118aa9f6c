import { RetrievalError } from '@secondpass/core';
import { untilDeadline } from '@secondpass/core/extend';
import type {
  AskedBy,
  ModelSession,
  OutputRow,
  Tokenizer,
  TokenSequence,
  TokenStates,
} from '@secondpass/core/runtime';
import { compressStates, type StatePrecision } from './compress-states.ts';
import type { PassageStates } from './passage-states.ts';
import { frameText, type TextFrames } from './text-frames.ts';

export interface LowerLayersParts {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  readonly session: ModelSession;
  readonly frames: TextFrames;
  readonly maxTokens: Readonly<Record<'query' | 'passage', number>>;
  /** The precision of stored passage states; a query's states are not rounded. */
  readonly precision: StatePrecision;
}

/** When to stop: at once on an abort, or at the deadline with the results so far. */
export interface Limits extends AskedBy {
  readonly signal?: AbortSignal | undefined;
  readonly deadlineAt?: number | undefined;
}

/** A query as the upper layers read it. */
export interface QueryStates {
  readonly sequence: TokenSequence;
  readonly states: TokenStates;
  readonly tokensCut: number;
}

/** The layers in which query and passage do not attend to each other: each text alone → one state per token. */
export class LowerLayers {
  readonly #parts: LowerLayersParts;

  constructor(parts: LowerLayersParts) {
    this.#parts = parts;
  }

  /** @returns `undefined` when the deadline came first */
  async readQuery(query: string, limits: Limits): Promise<QueryStates | undefined> {
    const { frames, maxTokens } = this.#parts;
    const ids = await this.#encode([query], limits);
    if (!ids) return undefined;
    const { sequence, tokensCut } = frameText(ids[0]!, frames.query, maxTokens.query);
    const [states] = await this.#run([sequence], limits, (values, width) => ({ width, values }));
    return states && { sequence, states, tokensCut };
  }

  /** In input order, the first ones are computed first; `undefined` for those not computed by the deadline. */
  async readPassages(
    passages: readonly string[],
    limits: Limits,
  ): Promise<readonly (PassageStates | undefined)[]> {
    if (passages.length === 0) return [];
    const { frames, maxTokens, precision } = this.#parts;
    const ids = await this.#encode(passages, limits);
    if (!ids) return passages.map(() => undefined);
    const framed = ids.map((tokens) => frameText(tokens, frames.passage, maxTokens.passage));
    const sequences = framed.map(({ sequence }) => sequence);
    const states = await this.#run(sequences, limits, (values, width) =>
      compressStates(values, width, precision),
    );
    return framed.map(({ sequence, tokensCut }, index) => {
      const own = states[index];
      return own && { ids: sequence.ids, tokensCut, states: own };
    });
  }

  async close(): Promise<void> {
    const { session, tokenizer } = this.#parts;
    await Promise.all([session.close(), tokenizer.close?.()]);
  }

  async #encode(texts: readonly string[], limits: Limits): Promise<readonly Int32Array[] | undefined> {
    const { signal, deadlineAt } = limits;
    const encode = (either?: AbortSignal) => this.#parts.tokenizer.encode(texts, either, limits);
    return deadlineAt === undefined ? encode(signal) : untilDeadline(encode, deadlineAt, signal);
  }

  #run(
    sequences: readonly TokenSequence[],
    limits: Limits,
    keep: (values: Float32Array, width: number) => TokenStates,
  ): Promise<readonly (TokenStates | undefined)[]> {
    const { session, name } = this.#parts;
    const read = ({ data, dims }: OutputRow, index: number) => {
      const tokens = sequences[index]!.ids.length;
      const [columns = 0, width = 0] = dims;
      // A copy: the row is a view of its whole batch's memory.
      const values = data.slice(0, tokens * width);
      if (dims.length !== 2 || columns < tokens || !values.every(Number.isFinite))
        throw notStates(name, dims);
      return keep(values, width);
    };
    return session.run({ sequences, read, ...limits });
  }
}

function notStates(origin: string, dims: readonly number[]): RetrievalError {
  return new RetrievalError({
    code: 'model-output-invalid',
    origin,
    problem: `The output of the lower layers, of shape [${dims.join(', ')}], is not one finite state per token.`,
    nextStep: 'Check that secondpass.json, tokenizer.json and the ONNX file belong to the same model.',
  });
}
