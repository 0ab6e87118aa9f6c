import type { AnswerLine, RunLog } from './run-log.ts';
import type { SearchAnswer } from './truth.ts';

export interface Backend {
  readonly name: string;
  readonly url: string;
}

interface AskOptions {
  /** The servers that take requests now, as a balancer knows them. */
  readonly backends: () => readonly Backend[];
  readonly queries: readonly string[];
  readonly keys: readonly string[];
  readonly log: RunLog;
  /** Whether an answer was compared exactly; throws what is wrong with it. */
  readonly check: (query: number, answer: SearchAnswer, from: number, to: number) => boolean;
}

/** Codes of refusals that tell a caller what happened; `internal` is none of them. */
const typed = new Set(['overloaded', 'timeout', 'unavailable', 'behind']);
/** The changes that the writer tells of must have arrived before an answer is compared. */
const checkAfterMs = 2_000;

interface Asked {
  readonly answered: boolean;
  /** What goes to the log, once it is compared. */
  readonly checked: Promise<AnswerLine>;
}

/** One question, sent to the next server; what came back goes to the log. */
async function ask(turn: number, options: AskOptions): Promise<Asked> {
  const { backends, queries, keys, log, check } = options;
  const now = backends();
  const { name: server, url } = now[turn % now.length]!;
  const query = (turn * 7) % queries.length;
  const at = Date.now();
  const started = performance.now();
  const finish = (line: Omit<AnswerLine, 'at' | 'server'>): AnswerLine => {
    const whole = { at, server, ...line };
    log.answer(whole);
    return whole;
  };
  const without = (line: Omit<AnswerLine, 'at' | 'server'>): Asked => ({
    answered: false,
    checked: Promise.resolve(finish(line)),
  });
  let status: number;
  let body: unknown;
  try {
    const answer = await search(url, keys[turn % keys.length]!, queries[query]!);
    status = answer.status;
    body = await answer.json();
  } catch (error) {
    const ms = performance.now() - started;
    const cause = (error as Error).cause;
    log.failure({ server, query, what: 'no answer', error: String(error), cause: String(cause) });
    return without({ ms, kind: 'wrong', what: 'no answer' });
  }
  const ms = Math.round(performance.now() - started);
  if (status !== 200) {
    const code = (body as { error?: { code?: string } }).error?.code;
    if (code !== undefined && typed.has(code)) return without({ ms, kind: 'error', what: code });
    log.failure({ server, query, what: 'an error without a code of its own', status, body });
    return without({ ms, kind: 'wrong', what: `status ${status}` });
  }
  const answer = body as SearchAnswer;
  const to = Date.now();
  const compare = async (): Promise<AnswerLine> => {
    await new Promise((resolve) => setTimeout(resolve, checkAfterMs));
    try {
      const exact = check(query, answer, at, to);
      if (!answer.degraded) return finish({ ms, kind: 'full', exact });
      return finish({ ms, kind: 'degraded', what: whatIsMissing(answer.degraded), exact });
    } catch (error) {
      log.failure({ server, query, what: 'a wrong answer', error: String(error), from: at, to, answer });
      return finish({ ms, kind: 'wrong', what: 'order' });
    }
  };
  return { answered: true, checked: compare() };
}

/** A question before anything is measured. */
export async function askOnce({ url }: Backend, key: string, query: string): Promise<SearchAnswer> {
  const answer = await search(url, key, query);
  if (!answer.ok) throw new Error(`The first question is answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as SearchAnswer;
}

/** Asks at moments that no answer changes (Poisson), so that a queue grows as it would for callers who know nothing of it. */
export async function openLoop(
  perSecond: number,
  until: number,
  options: AskOptions,
  stop: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<unknown>>();
  let next = Date.now();
  for (let turn = 0; ; turn += 1) {
    next += (-Math.log(1 - Math.random()) / perSecond) * 1000;
    if (next > until || stop.aborted) break;
    const wait = next - Date.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const call = ask(turn, options)
      .then(({ checked }) => checked)
      .finally(() => running.delete(call));
    running.add(call);
  }
  await Promise.all(running);
}

/** The answers per second of so many callers who ask again as soon as they have an answer. */
export async function closedLoop(callers: number, until: number, options: AskOptions): Promise<number> {
  const started = Date.now();
  let answered = 0;
  let turn = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (Date.now() < until) {
        turn += 1;
        const { answered: isAnswer } = await ask(turn, options);
        if (isAnswer && Date.now() < until) answered += 1;
      }
    }),
  );
  return answered / ((until - started) / 1000);
}

function search(url: string, key: string, query: string): Promise<Response> {
  return fetch(`${url}/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(60_000),
  });
}

function whatIsMissing({ stage, reason }: { readonly stage: string; readonly reason: string }): string {
  const [, source, how] = /(?:answered: )(\S+) (was late|failed)/.exec(reason) ?? [];
  return source ? `${stage}: ${source} ${how}` : stage;
}
