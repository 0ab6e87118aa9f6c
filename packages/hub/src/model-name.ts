import { RetrievalError } from '@secondpass/core';
import { describeValue } from '@secondpass/core/extend';

/** A model of a hub: `organization/name`, and the branch, tag or commit that was requested. */
export interface ModelName {
  /** `organization/name`. */
  readonly name: string;
  /** `undefined` if none was written: then the lock file's revision is used, otherwise `main`. */
  readonly revision: string | undefined;
}

const part = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,95}$/;
const revisionPart = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/;

/**
 * Reads `organization/name` or `organization/name@revision`.
 *
 * @throws RetrievalError `invalid-options` when it is neither
 *
 * @example
 * import { parseModelName } from '@secondpass/hub';
 * const name = parseModelName('BAAI/bge-reranker-base@main');
 * name.revision; // → 'main'
 */
export function parseModelName(written: string): ModelName {
  const parsed = tryParseModelName(written);
  if (parsed) return parsed;
  throw new RetrievalError({
    code: 'invalid-options',
    origin: 'model name',
    problem: `${describeValue(written)} is not the name of a model on a hub.`,
    nextStep: 'Write organization/name or organization/name@revision, such as BAAI/bge-reranker-base@main.',
  });
}

/**
 * As `parseModelName`, but `undefined` for what cannot be a name.
 *
 * @example
 * import { tryParseModelName } from '@secondpass/hub';
 * tryParseModelName('small'); // → undefined
 */
export function tryParseModelName(written: string): ModelName | undefined {
  if (typeof written !== 'string') return undefined;
  const at = written.indexOf('@');
  const name = at === -1 ? written : written.slice(0, at);
  const revision = at === -1 ? undefined : written.slice(at + 1);
  const parts = name.split('/');
  if (parts.length !== 2 || !parts.every(isNamePart)) return undefined;
  if (revision !== undefined && !isRevision(revision)) return undefined;
  return { name, revision };
}

/** A branch may have slashes (`refs/pr/1`); it becomes a path in the cache, so no part of it may be `..`. */
export function isRevision(revision: string): boolean {
  return revision.length <= 200 && revision.split('/').every((one) => revisionPart.test(one) && isPlain(one));
}

function isNamePart(text: string): boolean {
  return part.test(text) && isPlain(text);
}

/** The cache writes `/` as `--`, so a name that contains `--` would be ambiguous. */
function isPlain(text: string): boolean {
  return !text.includes('--') && !text.includes('..') && !text.endsWith('.');
}

/** Whether a revision is a commit already, which cannot change. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
