import { pglitePackages } from '@secondpass/adapter-pgvector';
import type { EmbedderConfig } from '../config/config-schema.ts';
import type { RerankerConfig } from '../config/reranker-schema.ts';
import type { RerankerKind } from '../local-models/reranker-kind.ts';
import { isBundled } from '../models.ts';
import type { WrittenConfig } from './config-text.ts';
import { literal } from './literal.ts';

/** How the program opens local models. */
export interface LocalModels {
  /** Undefined for a service. */
  readonly rerankerKind: RerankerKind | undefined;
  /** Names that the lock file pins. */
  readonly pinned: ReadonlySet<string>;
}

const open = {
  pgvector: ['@secondpass/adapter-pgvector', 'pgvectorFromConfig'],
  elastic: ['@secondpass/adapter-elastic', 'elasticFromConfig'],
  qdrant: ['@secondpass/adapter-qdrant', 'qdrantFromConfig'],
} as const;

/** The function that opens each adapter's database. */
const servers = {
  pgvector: ['pg'],
  elastic: ['@elastic/elasticsearch'],
  qdrant: ['@qdrant/js-client-rest'],
} as const;

const loaders = {
  'cross-encoder': ['@secondpass/core', 'loadCrossEncoder'],
  'late-interaction': ['@secondpass/late-interaction', 'loadLateInteraction'],
  'poly-encoder': ['@secondpass/late-interaction', 'loadPolyEncoder'],
} as const;

/** A TypeScript program that does the same as the configuration. Its folder needs the packages that it imports. */
export function programText(config: WrittenConfig, local: LocalModels): string {
  const { adapter, ...settings } = config.source;
  const [adapterPackage, openAdapter] = open[adapter as keyof typeof open];
  const imports = new Imports();
  imports.add(adapterPackage, openAdapter);
  imports.add('@secondpass/core', 'TwoStageRetriever');
  const embedder = openEmbedder(config.embedder, local, imports);
  const reranker = openReranker(config.reranker, local, imports);
  const tenant = settings['tenantField'] === undefined ? '' : `, { tenant: process.argv[3] ?? '' }`;
  const pinned = local.pinned.size === 0 ? [] : [`const settings = await readHubSettings(process.env);`];
  if (pinned.length > 0) imports.add('@secondpass/hub', 'readHubSettings');
  const clients = 'url' in settings ? servers[adapter as keyof typeof servers] : pglitePackages;
  const runtime = config.embedder.model || config.reranker.model ? ['@secondpass/runtime-onnx'] : [];
  return [
    `// npm install ${[...imports.packages(), ...runtime, ...clients].join(' ')}`,
    imports.text(),
    '',
    ...pinned,
    `const database = await ${openAdapter}(${literal(settings)});`,
    `const embedder = await ${embedder};`,
    `const reranker = await ${reranker};`,
    'const retriever = new TwoStageRetriever({',
    '  source: database.source,',
    '  embedder,',
    '  reranker,',
    `  depth: ${config.depth},`,
    `  topK: ${config.topK},`,
    '});',
    '',
    `const { hits } = await retriever.retrieve(process.argv[2] ?? 'your question'${tenant});`,
    'for (const { rank, score, candidate } of hits) console.log(rank, score.toFixed(3), candidate.id, candidate.text);',
    'await Promise.all([database, embedder, reranker].map((part) => part.close()));',
    '',
  ].join('\n');
}

function openEmbedder({ model, remote }: EmbedderConfig, local: LocalModels, imports: Imports): string {
  if (remote) {
    imports.add('@secondpass/embedder-remote', 'embedderFromConfig');
    return `embedderFromConfig(${literal(remote)})`;
  }
  imports.add('@secondpass/core', 'loadBiEncoder');
  return `loadBiEncoder(${directoryOf(model!, local, imports)})`;
}

function openReranker({ model, remote }: RerankerConfig, local: LocalModels, imports: Imports): string {
  if (remote) {
    imports.add('@secondpass/reranker-remote', 'remoteReranker');
    return `remoteReranker(${literal(remote)})`;
  }
  const [from, load] = loaders[local.rerankerKind ?? 'cross-encoder'];
  imports.add(from, load);
  return `${load}(${directoryOf(model!, local, imports)})`;
}

function directoryOf(model: string, { pinned }: LocalModels, imports: Imports): string {
  if (isBundled(model)) {
    imports.add('@secondpass/models', 'modelDirectory');
    return `modelDirectory(${literal(model)})`;
  }
  if (!pinned.has(model)) return literal(model);
  imports.add('@secondpass/hub', 'openLockedModel');
  return `await openLockedModel(${literal(model)}, { lockFile: 'secondpass.lock.json', settings })`;
}

class Imports {
  readonly #names = new Map<string, Set<string>>();

  add(from: string, name: string): void {
    this.#names.set(from, (this.#names.get(from) ?? new Set()).add(name));
  }

  packages(): readonly string[] {
    return [...this.#names.keys()].sort();
  }

  text(): string {
    return [...this.#names]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([from, names]) => `import { ${[...names].sort().join(', ')} } from '${from}';`)
      .join('\n');
  }
}
