/**
 * Counts the files that a call runs through: those in which a function is entered between the call and its answer, by
 * V8's coverage. It says how much a reader opens to follow one query.
 *
 *     pnpm build && pnpm exec node bench/files-of-a-call.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

interface CoveredScript {
  url: string;
  functions: { ranges: { startOffset: number; count: number }[] }[];
}

const root = path.resolve(import.meta.dirname, '..');
const ours = new RegExp(`^${pathToFileURL(root).href}/packages/([^/]+)/dist/(.+)\\.js$`);

/** The files of packages/ that a function other than the module itself was entered in, as `package/file`. */
function enteredFiles(scripts: readonly CoveredScript[]): string[] {
  const entered = scripts.filter(({ functions }) =>
    functions.some(({ ranges: [whole] }) => whole!.startOffset > 0 && whole!.count > 0),
  );
  const files = entered.flatMap(({ url }) => {
    const [, name, file] = ours.exec(url) ?? [];
    return name ? [`${name}/${file}`] : [];
  });
  return [...new Set(files)].sort();
}

async function filesOf(call: () => Promise<unknown>): Promise<string[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await call();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  return enteredFiles(result);
}

function filesOfCommand(command: readonly string[]): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'secondpass-files-'));
  try {
    execFileSync(process.execPath, [path.join(root, 'packages/cli/dist/main.js'), ...command], {
      env: { ...process.env, NODE_V8_COVERAGE: folder },
      stdio: 'pipe',
    });
    // The largest report is that of the main thread; the others are those of workers.
    const reports = readdirSync(folder).map(
      (file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')).result,
    );
    return [...new Set(reports.flatMap(enteredFiles))].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function tell(call: string, files: readonly string[]): void {
  const counts = Object.entries(Object.groupBy(files, (file) => file.split('/')[0]!)).map(
    ([name, found]) => `${name} ${found!.length}`,
  );
  console.log(`${call}: ${files.length} files (${counts.join(', ')})`);
  if (process.argv.includes('--list')) for (const file of files) console.log(`    ${file}`);
}

const work = mkdtempSync(path.join(tmpdir(), 'secondpass-files-'));
try {
  const { loadBiEncoder, loadCrossEncoder, indexDocuments, TwoStageRetriever } = await import(
    '@secondpass/core'
  );
  const { pgvectorFromConfig } = await import('@secondpass/adapter-pgvector');
  const { modelDirectory } = await import('@secondpass/models');
  const documents = ['Yeast makes dough rise.', 'Salt slows yeast down.'].map((text, id) => ({
    id: `${id}`,
    text,
  }));
  const retriever = new TwoStageRetriever({
    source: {
      name: 'array',
      input: 'text',
      search: async () =>
        documents.map((document, index) => ({ ...document, score: -index, rank: index + 1, payload: {} })),
    },
    reranker: {
      name: 'length',
      score: async ({ passages }) =>
        passages.map(({ length }) => ({ score: 1 / length, rawScore: -length, tokensCut: 0 })),
    },
    depth: 2,
    topK: 2,
  });
  tell('retriever.retrieve()', await filesOf(() => retriever.retrieve('why does dough rise')));

  const reranker = await loadCrossEncoder(modelDirectory('small'));
  const texts = documents.map(({ text }) => text);
  tell(
    'crossEncoder.score()',
    await filesOf(() => reranker.score({ query: 'why does dough rise', passages: texts })),
  );
  await reranker.close();

  const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
  const database = await pgvectorFromConfig({ directory: path.join(work, 'database'), table: 'notes' });
  await indexDocuments({ documents, embedder, writer: database.writer });
  const [vector] = await embedder.embed({ texts: ['why does dough rise'], kind: 'query' });
  const query = { text: 'why does dough rise', vector: vector! };
  tell('pgvector source.search()', await filesOf(() => database.source.search({ query, depth: 2 })));
  await Promise.all([embedder, database].map((part) => part.close()));

  const config = path.join(work, 'secondpass.yaml');
  writeFileSync(
    config,
    'source: { adapter: pgvector, directory: ./database, table: notes }\nembedder: { model: bi-encoder }\nreranker: { model: small }\n',
  );
  tell('secondpass search', filesOfCommand(['search', '--query', 'why does dough rise', '--config', config]));
} finally {
  rmSync(work, { recursive: true });
}
