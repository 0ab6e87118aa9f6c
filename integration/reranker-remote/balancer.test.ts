/** Two real MLServers, and two real Tritons, behind a real HAProxy: what callers get while instances are killed, hang and come back. */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type CandidateSource, loadCrossEncoder, RetrievalError, TwoStageRetriever } from '@secondpass/core';
import { readConfigFile } from '../../packages/cli/src/config/config-file.ts';
import type { OpenReranker } from '../../packages/cli/src/open-reranker.ts';
import { openReranker } from '../../packages/cli/src/pipeline.ts';
import { Secrets } from '../../packages/cli/src/secrets.ts';
import { describeEngine, type NotRun } from '../engines.ts';
import { findHaproxy, type StartedBalancer, startHaproxy } from '../services/haproxy.ts';
import type { StartedInferenceServer } from '../services/inference-server.ts';
import { servedModel, startMlServer, startTriton } from '../services/inference-servers.ts';
import { passages, query } from './served-texts.ts';

// Two servers of Python's that start on a busy machine take minutes.
jest.setTimeout(600_000);

const candidates = passages.map((text, index) => ({
  id: `${index}`,
  text,
  score: 1 - index / 100,
  rank: index + 1,
}));
const source: CandidateSource = { name: 'fixed', input: 'text', search: async () => candidates };
const tolerance = 2e-5;

interface Balanced {
  readonly balancer: StartedBalancer;
  readonly instances: readonly StartedInferenceServer[];
}

const mlServers = await startBalanced(startMlServer);
const tritons = await startBalanced(startTriton);
describe('MLServer', () => describeEngine('haproxy', mlServers, behavior));
describe('Triton', () => describeEngine('haproxy', tritons, behavior));

function behavior({ balancer, instances }: Balanced): void {
  let expected: ReadonlyMap<string, number>;
  let plain: OpenReranker;
  let chain: OpenReranker;
  beforeAll(async () => {
    const local = await loadCrossEncoder(servedModel, { precision: 'fp32' });
    const scores = await local.score({ query, passages: passages });
    expected = new Map(scores.map(({ rawScore }, index) => [`${index}`, rawScore]));
    await local.close();
    [plain, chain] = await Promise.all([openConfigured('balanced'), openConfigured('balanced-failover')]);
  });
  afterAll(async () => {
    await Promise.allSettled([
      plain?.close(),
      chain?.close(),
      balancer.stop(),
      ...instances.map((one) => one.stop()),
    ]);
  });

  /** A configuration of this folder, which knows one address: the balancer's. */
  const openConfigured = async (name: string) => {
    const file = fileURLToPath(new URL(`${name}.yaml`, import.meta.url));
    const environment = { RERANK_URL: balancer.url, MODEL_DIRECTORY: servedModel };
    return openReranker(await readConfigFile(file, { environment, secrets: new Secrets() }));
  };

  /** `right`, also if another reranker answered; `wrong`; or the code of an error. */
  const ask = async (reranker: OpenReranker): Promise<string> => {
    const retriever = new TwoStageRetriever({ source, reranker, depth: 100, topK: 100, timeoutMs: 1180_000 });
    try {
      const { hits, degraded } = await retriever.retrieve(query);
      const isRight =
        hits.length === candidates.length &&
        hits.every(
          ({ candidate, rawScore }) => Math.abs(rawScore! - expected.get(candidate.id)!) < tolerance,
        );
      if (!isRight) return 'wrong';
      return degraded ? `right, degraded: ${degraded.reason}` : 'right';
    } catch (error) {
      return RetrievalError.is(error) ? error.code : `untyped: ${error}`;
    }
  };

  /** Four callers, until `during` is over. */
  const outcomesWhile = async (reranker: OpenReranker, during: () => Promise<void>) => {
    const outcomes: string[] = [];
    let isOver = false;
    const callers = Array.from({ length: 4 }, async () => {
      while (!isOver) outcomes.push(await ask(reranker));
    });
    await during().finally(() => {
      isOver = true;
    });
    await Promise.all(callers);
    return outcomes;
  };
  /** Until the last that the balancer wrote of the second instance is `state`. */
  const untilSeen = async (state: 'UP' | 'DOWN') => {
    const deadlineAt = performance.now() + 180_000;
    for (;;) {
      const changes = balancer.log.filter((line) => /instances\/two is (UP|DOWN)/.test(line));
      if ((changes.at(-1) ?? 'instances/two is UP').includes(`two is ${state}`)) return;
      if (performance.now() > deadlineAt) throw new Error(`The balancer does not see it ${state}.`);
      await pause(100);
    }
  };
  const untilAnswered = async (reranker: OpenReranker, outcome: string) => {
    const deadlineAt = performance.now() + 180_000;
    for (;;) {
      const answered = await ask(reranker);
      if (answered === outcome) return;
      if (performance.now() > deadlineAt) throw new Error(`It still answers ${answered}.`);
      await pause(100);
    }
  };

  test('an instance that is killed under load costs no answer and no score', async () => {
    const outcomes = await outcomesWhile(plain, async () => {
      await untilAnswered(plain, 'right');
      await instances[0]!.power.off();
      await pause(3_000);
    });
    expect(new Set(outcomes)).toEqual(new Set(['right']));
    expect(balancer.log.join('\n')).toMatch(/instances\/one is DOWN/);
  });

  test('without any instance: a typed error, or the next of the chain; full answers once one is back', async () => {
    const local = expect.stringMatching(/^right, degraded: kserve:small: \S+; small answered\.$/);
    const outcomes = await outcomesWhile(chain, async () => {
      await untilAnswered(chain, 'right');
      await instances[1]!.power.off();
      expect(await ask(plain)).toBe('reranker-unreachable');
      await pause(1_000);
    });
    const kinds = [...new Set(outcomes)];
    expect(kinds).toContain('right');
    expect(kinds).toEqual(kinds.map((kind) => (kind === 'right' ? kind : local)));
    expect(kinds).not.toEqual(['right']);
    await instances[0]!.power.on();
    // Nothing of ours is started again; the balancer's checks and the circuit's probe need a few seconds.
    await Promise.all([untilAnswered(plain, 'right'), untilAnswered(chain, 'right')]);
    await instances[1]!.power.on();
  });

  test('an instance that hangs under load costs no answer and no score', async () => {
    // It may still start, after the test before.
    await untilSeen('UP');
    const outcomes = await outcomesWhile(plain, async () => {
      await untilAnswered(plain, 'right');
      instances[1]!.pulse.off();
      await untilSeen('DOWN');
      await untilAnswered(plain, 'right');
      instances[1]!.pulse.on();
      await untilAnswered(plain, 'right');
    });
    expect(new Set(outcomes)).toEqual(new Set(['right']));
  });
}

/** HAProxy first: without it nothing else has to start. */
async function startBalanced(start: typeof startTriton): Promise<Balanced | NotRun> {
  if (!(await findHaproxy())) return { notRun: 'there is no haproxy; install-haproxy.sh installs it.' };
  const started = await Promise.all([start(), start()]);
  const instances = started.flatMap((server) => ('notRun' in server ? [] : [server]));
  for (const server of started) if ('notRun' in server) return server;
  const balancer = await startHaproxy(instances.map(({ url }) => url));
  return 'notRun' in balancer ? balancer : { balancer, instances };
}
