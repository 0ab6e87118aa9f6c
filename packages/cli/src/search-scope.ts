import { type CandidateRequest, type Filter, parseFilter, RetrievalError } from '@secondpass/core';
import { parseJson } from '@secondpass/core/extend';
import { Option } from 'commander';

/** Which of a source's passages are searched, as the command line gives it. */
export interface ScopeFlags {
  readonly filter?: string;
  readonly tenant?: string;
}

export type SearchScope = Pick<CandidateRequest, 'filter' | 'tenant'>;

/** The flag `--filter` of `search`, `eval` and `tune`. */
export function filterOption(): Option {
  return new Option('--filter <json>', 'condition on the payload, in the portable filter language');
}

/** Their flag `--tenant`. */
export function tenantOption(): Option {
  return new Option('--tenant <name>', 'tenant whose passages are searched, if the source separates tenants');
}

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
