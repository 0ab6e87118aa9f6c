import { RetrievalError } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';
import type { Adapter, OpenSource, SourceSettings } from './adapter.ts';
import { countDocuments, patienceMs } from './count-documents.ts';
import { describeFailure } from './describe-failure.ts';
import { searchRefusal } from './search-refusal.ts';

export const qdrantAdapter: Adapter = {
  name: 'qdrant',
  pathKeys: [],
  searchesByText: ({ match }) => match === 'text',
  open,

  async inspect(settings, signal) {
    const opened = await open(settings);
    try {
      const version = await versionOf(settings, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]));
      const documents = await countDocuments(opened, signal);
      const refusal = documents === null ? undefined : await searchRefusal(opened, settings, signal);
      return { version, documents, refusal };
    } finally {
      await opened.close();
    }
  },
};

async function open(settings: SourceSettings): Promise<OpenSource> {
  const { qdrantFromConfig } = await import('@secondpass/adapter-qdrant');
  return qdrantFromConfig(settings as unknown as Parameters<typeof qdrantFromConfig>[0]);
}

/** What the server says at its root. The settings are checked by now. */
async function versionOf({ url, apiKey, headers, collection }: SourceSettings, signal: AbortSignal) {
  try {
    const response = await fetch(rootOf(String(url)), {
      signal,
      headers: {
        ...(headers as Record<string, string> | undefined),
        ...(typeof apiKey === 'string' && { 'api-key': apiKey }),
      },
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { version } = (await response.json()) as { version?: unknown };
    return `Qdrant ${typeof version === 'string' ? version : 'of unknown version'}`;
  } catch (error) {
    throw new RetrievalError({
      code: 'source-unreachable',
      origin: `qdrant:${collection}`,
      problem: `Qdrant does not answer: ${describeFailure(error)}.`,
      nextStep: 'Check url and apiKey, that the server runs, and that this machine may reach it.',
      cause: foreignCause(error),
    });
  }
}

/** As the adapter reads it: without a port, Qdrant's own. */
function rootOf(url: string): URL {
  const root = new URL(url);
  if (!/^https?:\/\/[^/]*:\d+(?:\/|$)/.test(url)) root.port = '6333';
  return root;
}
