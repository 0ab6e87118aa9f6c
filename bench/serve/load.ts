import autocannon from 'autocannon';

/** One request and what its answer has to be. */
export interface LoadRequest {
  readonly query: string;
  readonly documents: readonly string[];
  /** Of each document. */
  readonly scores: readonly number[];
}

export interface LoadReport {
  readonly answersPerSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  /** Answers other than 200, lost connections and timeouts. */
  readonly failed: number;
  /** Answers of 200 whose scores are not the library's. */
  readonly wrong: number;
}

/** So many connections that ask `/rerank` as Infinity's clients do, each again as soon as it has an answer. */
export async function loadServer(
  url: string,
  requests: readonly LoadRequest[],
  { connections, seconds, tolerance }: { connections: number; seconds: number; tolerance: number },
): Promise<LoadReport> {
  let wrong = 0;
  const result = await autocannon({
    url: `${url}/rerank`,
    connections,
    duration: seconds,
    timeout: 120,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: requests.map(({ query, documents, scores }) => ({
      body: JSON.stringify({ query, documents, model: 'small' }),
      onResponse: (status: number, body: string) => {
        if (status === 200 && !isRight(body, scores, tolerance)) wrong += 1;
      },
    })) as autocannon.Request[],
  });
  return {
    answersPerSecond: result['2xx'] / result.duration,
    latencyMs: { p50: result.latency.p50, p99: result.latency.p99 },
    failed: result.non2xx + result.errors + result.timeouts,
    wrong,
  };
}

function isRight(body: string, scores: readonly number[], tolerance: number): boolean {
  const { results } = JSON.parse(body) as { results: { index: number; relevance_score: number }[] };
  return (
    results.length === scores.length &&
    results.every(({ index, relevance_score }) => Math.abs(relevance_score - scores[index]!) <= tolerance)
  );
}
