import { RetrievalError } from '@secondpass/core';
import { foreignCause, parseJson } from '@secondpass/core/extend';
import type { SourceSettings } from './adapter.ts';
import { patienceMs } from './count-documents.ts';
import { describeFailure } from './describe-failure.ts';

/**
 * Asks a server at a path, which begins without a slash. The settings must be checked before.
 *
 * @param body makes the request a POST
 * @throws RetrievalError `source-unreachable` if the server does not answer, or refuses
 */
export async function askQdrant(
  { url, apiKey, headers, collection }: SourceSettings,
  path: string,
  signal: AbortSignal,
  body?: unknown,
): Promise<unknown> {
  try {
    const response = await fetch(addressOf(String(url), path), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
      headers: {
        ...(headers as Record<string, string> | undefined),
        ...(typeof apiKey === 'string' && { 'api-key': apiKey }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return parseJson(await response.text());
  } catch (error) {
    throw new RetrievalError({
      code: 'source-unreachable',
      origin: collection === undefined ? 'qdrant' : `qdrant:${collection}`,
      problem: `Qdrant does not answer: ${describeFailure(error)}.`,
      nextStep: 'Check url and apiKey, that the server runs, and that this machine can reach it.',
      cause: foreignCause(error),
    });
  }
}

/** Reads the URL as the adapter does: the default port is Qdrant's, and a path is kept as a prefix. */
function addressOf(url: string, path: string): URL {
  const root = new URL(url);
  if (!/^https?:\/\/[^/]*:\d+(?:\/|$)/.test(url)) root.port = '6333';
  if (path !== '') root.pathname = `${root.pathname.replace(/\/$/, '')}/${path}`;
  return root;
}
