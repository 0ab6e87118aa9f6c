// A program that answers one query over PostgreSQL, and ends. Started anew for each measurement; prints milliseconds since the
// start of the process. Plain JavaScript, so that nothing has to be translated first.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, url, table, ...queries] = process.argv.slice(2);
const reached = { start: performance.now() };
const mark = (name) => (value) => {
  reached[name] = performance.now();
  return value;
};
const load = (name) => import(pathToFileURL(join(root, 'packages', name, 'dist', 'index.js')).href);

const [core, { modelDirectory }, { pgvectorFromConfig }] = await Promise.all([
  load('core'),
  load('models'),
  load('adapter-pgvector'),
  load('runtime-onnx'),
]);
mark('packages')();
const [database, embedder, reranker] = await Promise.all([
  pgvectorFromConfig({ url, table }).then(mark('database')),
  core.loadBiEncoder(modelDirectory('bi-encoder')).then(mark('embedder')),
  core.loadCrossEncoder(modelDirectory('small')).then(mark('reranker')),
]);
mark('opened')();
const retriever = new core.TwoStageRetriever({ source: database.source, embedder, reranker });
const answers = [];
for (const query of queries) {
  const { timings } = await retriever.retrieve(query);
  if (answers.length === 0) {
    mark('answer')();
    const { user, system } = process.cpuUsage();
    reached.processor = (user + system) / 1000;
  }
  answers.push(timings);
}
process.stdout.write(JSON.stringify({ reached, first: answers[0], last: answers.at(-1) }));
await Promise.all([database.close(), embedder.close(), reranker.close()]);
