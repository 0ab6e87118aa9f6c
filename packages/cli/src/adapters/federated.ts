import { RetrievalError } from '@secondpass/core';
import { fusedSource } from '@secondpass/core/sources';
import { present } from '../present.ts';
import type { Adapter, OpenSource, SourceSettings } from './adapter.ts';
import { checkFederated, type FederatedMember, type FederatedSettings } from './federated-settings.ts';
import { searchOnly } from './search-only.ts';

/** Finds an adapter by the name that a configuration gives it. */
type FindAdapter = (name: string, origin: string) => Adapter;

/** Several sources, each with its own adapter, searched together. They are filled one by one. */
export const federatedAdapter = (findAdapter: FindAdapter): Adapter => ({
  name: 'federated',
  pathKeys: [],
  open: (settings) => open(settings, findAdapter),

  searchesByText({ sources }) {
    if (!Array.isArray(sources)) return true;
    return sources.every((member: Partial<FederatedMember> | null) => {
      const { adapter, ...own } = member?.source ?? {};
      return typeof adapter !== 'string' || findAdapter(adapter, 'federated').searchesByText(own);
    });
  },

  async inspect(settings, signal) {
    const { sources } = checkFederated(settings);
    const reports = await Promise.all(
      sources.map(async ({ source: { adapter, ...own } }) => {
        const report = await findAdapter(adapter, 'federated').inspect(own, signal);
        return { ...report, version: `${adapter}: ${report.version}` };
      }),
    );
    const counts = reports.flatMap(({ documents }) => documents ?? []);
    return {
      version: reports.map(({ version }) => version).join('; '),
      documents: counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0),
      refusal: reports.find(({ refusal }) => refusal !== undefined)?.refusal,
    };
  },
});

async function open(given: SourceSettings, findAdapter: FindAdapter): Promise<OpenSource> {
  const settings = checkFederated(given);
  const results = await Promise.allSettled(
    settings.sources.map((member, index) => openMember(member, index, findAdapter)),
  );
  const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const close = async () => {
    await Promise.allSettled(opened.map((one) => one.close()));
  };
  try {
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return { ...joined(settings, opened), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openMember(
  { source: { adapter, ...own } }: FederatedMember,
  index: number,
  findAdapter: FindAdapter,
) {
  try {
    return await findAdapter(adapter, 'federated').open(own);
  } catch (error) {
    if (!RetrievalError.is(error) || error.code !== 'invalid-config') throw error;
    const { code, origin, nextStep, path = [] } = error;
    throw new RetrievalError({
      code,
      origin,
      problem: `sources[${index}].source${path.length === 0 ? ': ' : '.'}${error.problem}`,
      nextStep,
      path: ['sources', index, 'source', ...path],
      cause: error,
    });
  }
}

function joined(settings: FederatedSettings, opened: readonly OpenSource[]): Omit<OpenSource, 'close'> {
  const { sources, fusion, mergeBy, ...options } = settings;
  try {
    const source = fusedSource({
      ...present(options),
      ...(fusion && { fusion: present(fusion) as NonNullable<Parameters<typeof fusedSource>[0]['fusion']> }),
      ...(mergeBy && { mergeBy }),
      sources: sources.map(({ source: _, ...member }, index) => ({
        ...present(member),
        source: opened[index]!.source,
      })),
    });
    const storage = searchOnly(source.name, {
      problem: 'A federated source can be searched, but not filled or copied as a whole.',
      nextStep: 'Write a configuration for each of its sources, and name that one here.',
    });
    return { source, ...storage };
  } catch (error) {
    if (!RetrievalError.is(error)) throw error;
    const { origin, problem, nextStep, path = [] } = error;
    throw new RetrievalError({ code: 'invalid-config', origin, problem, nextStep, path, cause: error });
  }
}
