import type { LoadRequest } from './load.ts';

export interface AbortReport {
  readonly aborted: number;
  readonly answered: number;
  /** Answers that are not what they have to be, and failures that nobody asked for. */
  readonly wrong: readonly string[];
  /** Milliseconds until nothing was in work any more, after the last caller had gone. */
  readonly freedAfterMs: number;
}

/** Callers of whom every other one goes away in the middle of his request, again and again. */
export async function abortRequests(
  url: string,
  requests: readonly LoadRequest[],
  { callers, seconds }: { callers: number; seconds: number },
): Promise<AbortReport> {
  let aborted = 0;
  let answered = 0;
  const wrong: string[] = [];
  const until = performance.now() + seconds * 1000;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let turn = caller; performance.now() < until; turn += 1) {
        const { query, documents, scores } = requests[turn % requests.length]!;
        const goes = turn % 2 === 0;
        const stop = new AbortController();
        const timer = goes ? setTimeout(() => stop.abort(), (turn * 7) % 120) : undefined;
        try {
          const answer = await fetch(`${url}/rerank`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ query, documents, model: 'small' }),
            signal: stop.signal,
          });
          const { results } = (await answer.json()) as {
            results?: { index: number; relevance_score: number }[];
          };
          const right = results?.every(
            ({ index, relevance_score }) => Math.abs(relevance_score - scores[index]!) < 1e-6,
          );
          if (right) answered += 1;
          else wrong.push(`status ${answer.status}`);
        } catch (error) {
          if (stop.signal.aborted) aborted += 1;
          else wrong.push(String(error).slice(0, 200));
        } finally {
          clearTimeout(timer);
        }
      }
    }),
  );
  const left = performance.now();
  while (/^secondpass_(requests_in_work|queued_requests) [1-9]/m.test(await metricsOf(url))) {
    if (performance.now() - left > 30_000) throw new Error('Work of callers that went away goes on.');
  }
  return { aborted, answered, wrong, freedAfterMs: performance.now() - left };
}

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}
