/** The dashboard and the alerts of docs/operate name only metrics, labels and values that a program and a server really give. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { indexDocuments, TwoStageRetriever, type TwoStageRetrieverConfig } from '@secondpass/core';
import { cachedReranker, ScoreCache } from '@secondpass/core/rerankers';
import { inMemorySource } from '@secondpass/core/testing';
import { parse } from 'yaml';
import { freePort } from '../../../integration/services/free-port.ts';
import { type Labels, readExposition } from './exposition.ts';
import { type Selector, selectorsOf } from './promql-selectors.ts';
import { documents, loadModels, query, slowDocuments, startServer } from './start-server.ts';

const read = (file: string) =>
  readFileSync(new URL(`../../../docs/operate/${file}`, import.meta.url), 'utf8');

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}
interface Panel {
  readonly title: string;
  readonly targets?: readonly Target[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const dashboard: Dashboard = JSON.parse(read('grafana-dashboard.json'));
const alerts = (parse(read('alerts.yaml')) as Rules).groups.flatMap(({ rules }) => rules);
const targets = dashboard.panels.flatMap(({ title, targets: of = [] }) =>
  of.map(({ expr, legendFormat }) => ({
    title,
    expr: expr.replaceAll('$__rate_interval', '5m'),
    legendFormat,
  })),
);

/** Prometheus itself gives these to every series. */
const ofTheTarget = ['job', 'instance'];
let series: Map<string, Labels[]>;

beforeAll(async () => {
  const port = await freePort();
  const exporter = new PrometheusExporter({ port, host: '127.0.0.1', preventServerStart: true });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [exporter] }));
  await exporter.startServer();
  const models = await loadModels();
  try {
    await useLibrary(models);
    const ofServer = await useServer(models);
    const ofLibrary = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    series = readExposition(`${ofLibrary}\n${ofServer}`);
  } finally {
    await models.close();
    await exporter.shutdown();
  }
}, 300_000);
afterAll(() => metrics.disable());

type Models = Awaited<ReturnType<typeof loadModels>>;

/** Answers that are full, found in the cache, degraded, and none. */
async function useLibrary({ nano, embedder }: Models): Promise<void> {
  const { source, writer } = inMemorySource();
  await indexDocuments({ documents: documents.map((text, id) => ({ id: `${id}`, text })), embedder, writer });
  const reranker = cachedReranker(nano, { cache: new ScoreCache({ maxBytes: 1 << 20 }) });
  const answer = (other: Partial<TwoStageRetrieverConfig>) =>
    new TwoStageRetriever({ source, embedder, reranker, ...other }).retrieve(query);
  await answer({});
  await answer({});
  const broken = { name: 'broken', score: () => Promise.reject<[]>(new Error('down')) };
  await answer({ reranker: broken, onRerankFailure: 'keep-stage-1' });
  await expect(answer({ reranker: broken, onRerankFailure: 'throw' })).rejects.toThrow();
}

/** Requests that are answered, refused and late; what the server then says of itself. */
async function useServer({ nano, embedder }: Models): Promise<string> {
  const started = await startServer({
    rerankers: { nano },
    embedders: { embedder },
    limits: { maxQueued: 1, maxCharactersInWork: 1 },
  });
  const { post, get, server } = started;
  try {
    expect((await post('/rerank', { query, texts: documents })).status).toBe(200);
    const late = { headers: { 'x-timeout-ms': '1' } };
    expect((await post('/rerank', { query, texts: slowDocuments(50) }, late)).status).toBe(504);
    const stop = new AbortController();
    const slow = [1, 2].map(() =>
      post('/rerank', { query, texts: slowDocuments(500) }, { signal: stop.signal }).catch(() => undefined),
    );
    while (!/^secondpass_queued_requests 1$/m.test((await get('/metrics')).body)) await sleep(10);
    expect((await post('/rerank', { query, texts: documents })).status).toBe(429);
    stop.abort();
    await Promise.all(slow);
    return (await get('/metrics')).body;
  } finally {
    await server.drain({ timeoutMs: 1 });
  }
}

/** What an expression asks for that no series has. */
function missingIn(expression: string): string[] {
  return selectorsOf(expression).flatMap((selector) => {
    const { metric, matchers, groupedBy } = selector;
    const of = series.get(metric);
    if (!of) return [`no metric ${metric}`];
    const known = new Set([...ofTheTarget, ...of.flatMap((labels) => Object.keys(labels))]);
    const labels = [...groupedBy, ...matchers.map(({ label }) => label)];
    const unknown = labels
      .filter((label) => !known.has(label))
      .map((label) => `no label ${label} of ${metric}`);
    if (unknown.length > 0 || of.some((one) => matches(one, selector))) return unknown;
    return [`no series of ${metric} with ${JSON.stringify(matchers)}`];
  });
}

function matches(labels: Labels, { matchers }: Selector): boolean {
  return matchers
    .filter(({ value }) => !value.startsWith('$'))
    .every(({ label, operator, value }) => {
      const own = labels[label] ?? '';
      const equal = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(own) : own === value;
      return operator.startsWith('!') ? !equal : equal;
    });
}

test.each(targets)('panel "$title" draws $expr', ({ expr, legendFormat }) => {
  expect(missingIn(expr)).toEqual([]);
  const grouped = new Set([...selectorsOf(expr).flatMap(({ groupedBy }) => groupedBy), ...ofTheTarget]);
  const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
  expect(named.filter((label) => !grouped.has(label))).toEqual([]);
});

test('the choices of the dashboard are read from metrics that are there', () => {
  const queries = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);
  const selectors = queries.map((text) => /^label_values\((.*), (?:job|instance)\)$/.exec(text)?.[1] ?? text);
  expect(selectors).toHaveLength(2);
  expect(selectors.flatMap(missingIn)).toEqual([]);
});

test.each(alerts)('$alert watches what is there', ({ expr }) => {
  expect(missingIn(expr)).toEqual([]);
});

test('the page says what to do about each alert', () => {
  const rows = [...read('README.md').matchAll(/^\| `(Secondpass\w+)` \|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
});

test('a metric, a label and a value that are not there are noticed', () => {
  expect(missingIn('rate(secondpass_none_total[5m])')).toEqual(['no metric secondpass_none_total']);
  expect(missingIn('sum by (color) (rate(secondpass_texts_total{size="1"}[5m]))')).toEqual([
    'no label color of secondpass_texts_total',
    'no label size of secondpass_texts_total',
  ]);
  expect(missingIn('secondpass_stage_duration_count{stage="rerankk"}')).toHaveLength(1);
  expect(() => missingIn('sum by (model (rate(secondpass_texts_total[5m]))')).toThrow('Not PromQL');
});
