/** The files of deploy/: whether they fit each other, the command, and the server that they start. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CrossEncoder, loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { type RerankServer, rerankServer } from '@secondpass/server';
import { parse, parseAllDocuments } from 'yaml';
import { commandLine } from '../src/command-line.ts';
import { Secrets } from '../src/secrets.ts';
import { readServeConfig, type ServeConfig } from '../src/serve/serve-config.ts';
import { root } from './documented-blocks.ts';
import { temporaryFolder } from './temporary-folder.ts';

const textOf = (file: string) => readFileSync(join(root, 'deploy', file), 'utf8');

type Labels = Readonly<Record<string, string>>;

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

/** What is read of the manifests; their form was checked by Kubernetes' own schemas. */
interface Manifests {
  readonly ConfigMap: { readonly data: Labels };
  readonly Deployment: {
    readonly spec: {
      readonly selector: { readonly matchLabels: Labels };
      readonly template: {
        readonly metadata: { readonly labels: Labels };
        readonly spec: { readonly terminationGracePeriodSeconds: number; readonly containers: [Container] };
      };
    };
  };
  readonly Service: {
    readonly spec: { readonly selector: Labels; readonly ports: [{ readonly targetPort: string }] };
  };
  readonly PodDisruptionBudget: { readonly spec: { readonly selector: { readonly matchLabels: Labels } } };
  readonly HorizontalPodAutoscaler: {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly scaleTargetRef: { readonly kind: string; readonly name: string } };
  };
}

async function served(yaml: string): Promise<ServeConfig> {
  const file = join(temporaryFolder({ 'secondpass.serve.yaml': yaml }), 'secondpass.serve.yaml');
  const environment = { SECONDPASS_KEY_SHA256: 'a'.repeat(64) };
  return readServeConfig(file, { environment, secrets: new Secrets() });
}

/** How long the configured server takes to end at most, in seconds. */
const drainSeconds = ({ drain }: ServeConfig) => (drain!.delayMs! + drain!.timeoutMs!) / 1000;

describe('deploy/kubernetes.yaml', () => {
  const manifests = Object.fromEntries(
    parseAllDocuments(textOf('kubernetes.yaml')).map((document) => {
      const manifest = document.toJS() as { readonly kind: string };
      return [manifest.kind, manifest];
    }),
  ) as unknown as Manifests;
  const pod = manifests.Deployment.spec.template;
  const [container] = pod.spec.containers;
  let model: CrossEncoder;
  let server: RerankServer;
  beforeAll(async () => {
    model = await loadCrossEncoder(modelDirectory('nano'), { workers: 1 });
    server = await rerankServer({ rerankers: { nano: model } });
  });
  afterAll(async () => {
    await server.app.close();
    await model.close();
  });

  test('its probes ask what the server answers', async () => {
    for (const { httpGet } of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
      expect((await server.app.inject({ url: httpGet.path })).statusCode).toBe(200);
      expect(httpGet.port).toBe(container.ports[0]!.name);
    }
  });

  test('its configuration is one, and the port and the time to end fit it', async () => {
    const config = await served(manifests.ConfigMap.data['secondpass.serve.yaml']!);
    expect(config.port).toBe(container.ports[0]!.containerPort);
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(drainSeconds(config));
  });

  test('its parts name each other', () => {
    const { labels } = pod.metadata;
    expect(manifests.Deployment.spec.selector.matchLabels).toEqual(labels);
    expect(manifests.Service.spec.selector).toEqual(labels);
    expect(manifests.Service.spec.ports[0].targetPort).toBe(container.ports[0]!.name);
    expect(manifests.PodDisruptionBudget.spec.selector.matchLabels).toEqual(labels);
    const { metadata, spec } = manifests.HorizontalPodAutoscaler;
    expect(spec.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: metadata.name });
  });

  test('it scales by a metric that the server has', async () => {
    const [, metric] = /seriesQuery: '(\w+)_sum/.exec(textOf('kubernetes.yaml'))!;
    const { body } = await server.app.inject({ url: '/metrics' });
    expect(body).toContain(`# TYPE ${metric} histogram`);
  });

  test('while the server ends, its probes say that it is not ready and lives', async () => {
    const { readinessProbe, livenessProbe } = container;
    const ending = server.drain({ delayMs: 2000 });
    expect((await server.app.inject({ url: readinessProbe.httpGet.path })).statusCode).toBe(503);
    expect((await server.app.inject({ url: livenessProbe.httpGet.path })).statusCode).toBe(200);
    await ending;
  });
});

test('deploy/compose.yaml and secondpass.service leave the server the time that it takes to end', async () => {
  const config = await served(textOf('secondpass.serve.yaml'));
  const { services } = parse(textOf('compose.yaml')) as {
    services: { secondpass: { stop_grace_period: string } };
  };
  expect(Number.parseInt(services.secondpass.stop_grace_period, 10)).toBeGreaterThan(drainSeconds(config));
  const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(textOf('secondpass.service'))!;
  expect(Number(seconds)).toBeGreaterThan(drainSeconds(config));
});

test('deploy/secondpass.service starts the command by flags that it has', () => {
  const [, words] = /^ExecStart=\S+node \S+\/bin\/secondpass\.js (.*)$/m.exec(textOf('secondpass.service'))!;
  const [name, ...flags] = words!.split(' ');
  const command = commandLine('0.0.0', async () => undefined).commands.find((one) => one.name() === name)!;
  const known = command.options.map(({ long }) => long);
  expect(known).toEqual(expect.arrayContaining(flags.filter((flag) => flag.startsWith('--'))));
});
