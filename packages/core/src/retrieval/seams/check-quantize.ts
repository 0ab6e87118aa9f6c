import { RetrievalError } from '../../foundation/retrieval-error.ts';

/** A table, index or collection, and how it was created. */
export interface QuantizedPlace {
  /** Of the source or writer, for the error. */
  readonly name: string;
  /** The table, index or collection. */
  readonly place: string;
  /** What it keeps of each vector to search by; undefined for the vector itself. */
  readonly quantize: string | undefined;
}

/**
 * Checks that a table, index or collection was created with the quantization that an option names.
 *
 * @param asked the option; undefined for none
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { checkQuantize } from '@secondpass/core/extend';
 * checkQuantize('int8', { name: 'my-source', place: 'articles', quantize: 'int8' }); // undefined would throw
 */
export function checkQuantize(asked: string | undefined, { name, place, quantize }: QuantizedPlace): void {
  if (asked === quantize) return;
  const word = (value: string | undefined) => (value === undefined ? 'left out' : `"${value}"`);
  throw new RetrievalError({
    code: 'invalid-options',
    origin: name,
    problem: `quantize is ${word(asked)}, and ${place} was created with ${quantize === undefined ? 'none' : word(quantize)}.`,
    nextStep: `${quantize === undefined ? 'Leave it out' : `Set it to ${word(quantize)}`}, or copy ${place} under another name with \`secondpass migrate\`, which embeds nothing again.`,
    path: ['quantize'],
  });
}
