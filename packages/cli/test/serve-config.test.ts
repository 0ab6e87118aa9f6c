import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import { parse, parseAllDocuments } from 'yaml';
import { Secrets } from '../src/secrets.ts';
import { openServed } from '../src/serve/open-served.ts';
import { bundledServeConfig, readServeConfig } from '../src/serve/serve-config.ts';
import { documentedBlocks, root } from './documented-blocks.ts';
import { temporaryFolder } from './temporary-folder.ts';

const secrets = new Secrets();
const sha256 = 'ab'.repeat(32);
const read = (text: string, environment: Record<string, string> = {}) => {
  const folder = temporaryFolder({ 'serve.yaml': text });
  return readServeConfig(join(folder, 'serve.yaml'), { environment, secrets });
};

test('a configuration is read, with variables and defaults', async () => {
  const config = await read(
    `rerankers: { a: { model: small } }
keys: [{ name: k, sha256: "\${DIGEST}" }]
port: "\${PORT}"
limits: { maxQueued: "\${MOST}" }
`,
    { DIGEST: sha256, PORT: '9000', MOST: '7' },
  );
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 9000,
    rerankers: { a: { model: 'small' } },
    embedders: {},
    keys: [{ name: 'k', sha256 }],
    limits: { maxQueued: 7 },
    logLevel: 'info',
  });
});

test.each([
  ['rerankers: { a: { modell: small } }', /modell is not a known key; did you mean "model"/],
  ['reranker: { model: small }', /reranker is not a known key; did you mean "rerankers"/],
  ['keys: [{ name: k }]', /keys\.0\.sha256 is missing/],
  ['port: 70000', /port is 70000, and a number up to 65535/],
  ['limits: { maxDocument: 5 }', /did you mean "maxDocuments"/],
])('%s is refused, with its key', async (text, words) => {
  const error = await read(text).catch((reason: unknown) => reason);
  expect(RetrievalError.is(error) && error.code).toBe('invalid-config');
  expect((error as Error).message).toMatch(words);
});

test('what is written alike is one model, in pipelines as well; a failure names the key', async () => {
  const folder = temporaryFolder({
    'serve.yaml': [
      'rerankers: { nano: { model: nano }, rerank-v3.5: { model: nano } }',
      'embedders: { bi: { model: bi-encoder } }',
      'pipelines: { notes: notes.yaml }',
    ].join('\n'),
    'notes.yaml': 'source: { adapter: pgvector, memory: true, table: notes }\nreranker: { model: nano }\n',
  });
  const context = { environment: {}, secrets };
  const config = await readServeConfig(join(folder, 'serve.yaml'), context);
  const served = await openServed({ ...config, cores: 1 }, context);
  expect(Object.keys(served.pipelines)).toEqual(['notes']);
  expect(served.rerankers['nano']).toBe(served.rerankers['rerank-v3.5']);
  const [score] = await served.rerankers['nano']!.score({ query: 'bread', passages: ['yeast'] });
  expect(score!.score).toBeGreaterThan(0);
  await served.close();
  const broken = { ...config, rerankers: { ...config.rerankers, gone: { model: './gone' } } };
  await expect(openServed({ ...broken, cores: 1 }, context)).rejects.toMatchObject({
    code: 'invalid-config',
    origin: expect.stringMatching(/serve\.yaml: rerankers\.gone\.model$/),
  });
});

test('without a file the bundled models are served', () => {
  const { rerankers, embedders, host } = bundledServeConfig('.');
  expect([Object.keys(rerankers), Object.keys(embedders), host]).toEqual([
    ['small', 'nano'],
    ['bi-encoder'],
    '127.0.0.1',
  ]);
});

const documented = documentedBlocks().filter(
  ({ language, text }) => language === 'yaml' && /^rerankers:/m.test(text),
);
const deployed = ['deploy/secondpass.serve.yaml', 'deploy/kubernetes.yaml'].map((where) => ({
  where,
  text: fileOf(where),
}));

test.each([...documented, ...deployed])('the configuration at $where is one', async ({ text }) => {
  const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!);
  const config = await read(text, Object.fromEntries(names.map((name) => [name, sha256])));
  expect(Object.keys(config.rerankers)).toContain('small');
  expect(config.keys.every((key) => key.sha256 === sha256)).toBe(true);
});

test('the Kubernetes manifest asks for what the server has', () => {
  const [, deployment, , , autoscaler] = parseAllDocuments(
    readFileSync(join(root, 'deploy/kubernetes.yaml'), 'utf8'),
  );
  const container = ['spec', 'template', 'spec', 'containers', 0];
  const of = (...path: readonly (string | number)[]) => deployment!.getIn([...container, ...path]);
  const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'];
  expect(probes.map((probe) => of(probe, 'httpGet', 'path'))).toEqual(['/ready', '/ready', '/health']);
  expect([of('securityContext', 'readOnlyRootFilesystem'), of('ports', 0, 'containerPort')]).toEqual([
    true,
    8080,
  ]);
  expect(deployment!.getIn(['spec', 'template', 'spec', 'securityContext', 'runAsNonRoot'])).toBe(true);
  const grace = deployment!.getIn(['spec', 'template', 'spec', 'terminationGracePeriodSeconds']) as number;
  const { drain } = parse(fileOf('deploy/kubernetes.yaml')) as {
    drain: { delayMs: number; timeoutMs: number };
  };
  expect(drain.delayMs + drain.timeoutMs).toBeLessThan(grace * 1000);
  expect(autoscaler!.getIn(['spec', 'metrics', 0, 'pods', 'metric', 'name'])).toBe(
    'secondpass_queue_milliseconds',
  );
});

/** A file of ours; of a manifest the configuration inside it. */
function fileOf(where: string): string {
  const text = readFileSync(join(root, where), 'utf8');
  const inside = parseAllDocuments(text)
    .map((document) => document.toJS() as { data?: Record<string, string> })
    .find(({ data }) => data?.['secondpass.serve.yaml']);
  return inside?.data?.['secondpass.serve.yaml'] ?? text;
}
