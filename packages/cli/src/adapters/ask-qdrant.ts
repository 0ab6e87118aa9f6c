import { RetrievalError } from '@secondpass/core';
import { foreignCause, parseJson } from '@secondpass/core/extend';
import type { SourceSettings } from './adapter.ts';
import { patienceMs } from './count-documents.ts';
import { describeFailure } from './describe-failure.ts';

/**
 * What a server says at a path, which begins without a slash. The settings are checked by now.
 *
 * @param body makes it a POST
 * @throws RetrievalError `source-unreachable` where it does not answer, or refuses
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
      nextStep: 'Check url and apiKey, that the server runs, and that this machine may reach it.',
      cause: foreignCause(error),
    });
  }
}

/** As the adapter reads it: without a port, Qdrant's own; a path stays in front. */
function addressOf(url: string, path: string): URL {
  const root = new URL(url);
  if (!/^https?:\/\/[^/]*:\d+(?:\/|$)/.test(url)) root.port = '6333';
  if (path !== '') root.pathname = `${root.pathname.replace(/\/$/, '')}/${path}`;
  return root;
}
