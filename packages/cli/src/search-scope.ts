import { type CandidateRequest, type Filter, parseFilter, RetrievalError } from '@secondpass/core';
import { parseJson } from '@secondpass/core/extend';

/** Which of a source's passages are searched, as the command line gives it. */
export interface ScopeFlags {
  readonly filter?: string;
  readonly tenant?: string;
}

export type SearchScope = Pick<CandidateRequest, 'filter' | 'tenant'>;

/** @throws RetrievalError `invalid-filter`, with the position of the JSON error */
export function readScope({ filter, tenant }: ScopeFlags): SearchScope {
  return {
    ...(filter !== undefined && { filter: readFilter(filter) }),
    ...(tenant !== undefined && { tenant }),
  };
}

function readFilter(text: string): Filter {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new RetrievalError({
      code: 'invalid-filter',
      origin: '--filter',
      problem: `This is not JSON: ${(error as Error).message}.`,
      nextStep: `Write a filter such as '{"field":"lang","eq":"en"}', in single quotes for the shell.`,
      cause: error,
    });
  }
  return parseFilter(value, '--filter');
}
