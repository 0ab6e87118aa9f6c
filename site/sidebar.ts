import { posix } from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { sitePath, titleOf } from './source-pages.ts';

/** A page by its path in the repository, or that with what the sidebar calls it. */
type Page = string | readonly [page: string, text: string];

/** What a reader wants to do, and the pages for it. `*` stands for all that are named nowhere else. */
const groups: readonly (readonly [text: string, pages: readonly Page[]])[] = [
  [
    'Begin',
    [
      ['README.md', 'What it is'],
      ['docs/install.md', 'Install'],
      ['docs/quickstart-postgres.md', 'PostgreSQL'],
      ['docs/quickstart-elasticsearch.md', 'Elasticsearch'],
      ['docs/quickstart-qdrant.md', 'Qdrant'],
      ['packages/cli/README.md', 'Command line'],
      ['examples/README.md', 'Programs to run'],
    ],
  ],
  [
    'From a framework',
    [
      ['docs/bridges.md', 'Which package, LlamaIndex'],
      ['packages/ai-sdk/README.md', 'Vercel AI SDK'],
      ['packages/langchain/README.md', 'LangChain'],
      ['packages/mastra/README.md', 'Mastra'],
      ['packages/genkit/README.md', 'Genkit'],
      ['packages/mcp/README.md', 'MCP'],
      ['docs/clients.md', 'Python and other languages'],
    ],
  ],
  [
    'Search and rerank',
    [
      ['docs/choose-a-model.md', 'Which model to take'],
      ['docs/cross-encoders.md', 'Local cross-encoders'],
      ['docs/pipeline.md', 'Deadlines, failures, blending'],
      ['docs/filters.md', 'Filters and tenants'],
      ['docs/tenants.md', 'Many tenants'],
      ['docs/hybrid-search.md', 'Words and vectors together'],
      ['docs/federated-sources.md', 'Several databases'],
      ['docs/answers.md', 'Context and citations'],
      ['docs/embedders.md', 'Embedders'],
      ['docs/remote-embedders.md', 'Embedders in a service'],
      ['docs/remote-rerankers.md', 'Rerankers in a service'],
      ['docs/models-from-the-hub.md', 'Models from a hub'],
      ['docs/models.md', 'Does my model run?'],
    ],
  ],
  [
    'Faster and better',
    [
      ['docs/evaluation.md', 'Measure on your queries'],
      ['docs/tuning.md', 'Tune'],
      ['docs/shadow-mode.md', 'Try it on real traffic'],
      ['docs/cascades.md', 'Cascades'],
      ['docs/score-cache.md', 'Keep scores'],
      ['docs/precomputed-passages.md', 'Precomputed passages'],
      ['docs/late-interaction.md', 'Late interaction'],
      ['docs/poly-encoder.md', 'Poly-encoders'],
      ['docs/int8.md', 'int8 of a model of your own'],
      ['docs/optimizer.md', 'Graphs before the first load'],
    ],
  ],
  ['Write your own', [['docs/write-your-own.md', 'Source or reranker']]],
  [
    'Deploy',
    [
      'docs/deploy/*.md',
      ['docs/quantization.md', 'Big tables'],
      'docs/clusters.md',
      ['docs/ray.md', 'On a Ray cluster'],
      ['docs/serve.md', 'A service for other programs'],
    ],
  ],
  [
    'Operate',
    [
      'docs/operate/*.md',
      ['docs/telemetry.md', 'Metrics and traces'],
      ['docs/failure-modes.md', 'What an error means'],
      ['docs/failover.md', 'When a reranker fails'],
      ['docs/scheduling.md', 'Many requests at once'],
      ['docs/threats.md', 'Threats'],
    ],
  ],
  [
    'Reference',
    [
      ['packages/adapter-pgvector/README.md', 'pgvector'],
      ['packages/adapter-elastic/README.md', 'Elasticsearch'],
      ['packages/adapter-qdrant/README.md', 'Qdrant'],
      ['docs/evaluation-reference.md', 'Evaluation'],
      ['docs/large-integers.md', 'Large integers'],
      ['packages/server/README.md', 'HTTP service'],
      'docs/*.md',
      'packages/*/README.md',
      'packages/models/models/*/README.md',
    ],
  ],
  ['API', [['site/api/index.md', 'All packages'], 'site/api/**/*.md']],
  [
    'Measured',
    [
      ['docs/measured.md', 'Quality and time'],
      ['docs/speed.md', 'Speed of cross-encoders'],
      ['docs/scale.md', 'Up to a million passages'],
    ],
  ],
  ['Why it is so', [['docs/decisions/README.md', 'What these pages are'], 'docs/decisions/*.md']],
  [
    'The project',
    [
      ['site/changelog.md', 'Changelog'],
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      ['SECURITY.md', 'Security'],
      ['training/README.md', 'How the models were made'],
      ['docs/README.md', 'All pages'],
    ],
  ],
];

/** Pages that another page leads to, or that stand in front of all. */
const elsewhere = /^(packages\/.+\/CHANGELOG\.md|integration\/.+|site\/index\.md)$/;

/**
 * The sidebar: every page of the site, once.
 *
 * @throws Error naming the pages that stand nowhere, and those that are not there
 */
export function sidebar(pages: readonly string[]): DefaultTheme.SidebarItem[] {
  const named = new Set(groups.flatMap(([, list]) => list.map(pageOf)).filter((page) => !page.includes('*')));
  const missing = [...named].filter((page) => !pages.includes(page));
  if (missing.length > 0)
    throw new Error(`The sidebar names pages that are not there: ${missing.join(', ')}.`);
  const shown = new Set<string>(named);
  const listed = groups.map(([text, list]) => ({
    text,
    collapsed: text !== groups[0]![0],
    items: list.flatMap((one) => {
      const page = pageOf(one);
      if (!page.includes('*')) return [entry(page, typeof one === 'string' ? undefined : one[1])];
      const found = pages.filter(
        (each) => posix.matchesGlob(each, page) && !shown.has(each) && !elsewhere.test(each),
      );
      for (const each of found) shown.add(each);
      return found.map((each) => entry(each));
    }),
  }));
  const forgotten = pages.filter((page) => !shown.has(page) && !elsewhere.test(page));
  if (forgotten.length > 0) throw new Error(`The sidebar lacks ${forgotten.join(', ')}.`);
  return listed.filter(({ items }) => items.length > 0);
}

function pageOf(page: Page): string {
  return typeof page === 'string' ? page : page[0];
}

function entry(page: string, text = titleOf(page)): { readonly text: string; readonly link: string } {
  return { text, link: `/${sitePath(page).replace(/(^|(?<=\/))index\.md$|\.md$/, '')}` };
}
