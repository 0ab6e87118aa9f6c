/** Tokens of the query in every workload, special tokens not counted. */
export const queryTokens = 8;

export interface Workload {
  readonly description: string;
  /** Tokens of each pair, special ones included; the same for the same count, in no particular order. */
  readonly pairLengths: (passages: number) => number[];
}

/** The inverse of the normal distribution at n evenly spaced places, so that few lengths have the whole spread. */
function logNormalLengths(count: number, median: number, spread: number, least: number, most: number) {
  return Array.from({ length: count }, (_, index) => {
    const length = Math.round(median * Math.exp(spread * normalQuantile((index + 0.5) / count)));
    return Math.min(most, Math.max(least, length));
  });
}

/** Bisection on the error function's series: exact enough for lengths, and short. */
function normalQuantile(share: number): number {
  let [low, high] = [-6, 6];
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function normalShare(x: number): number {
  let [sum, term] = [0, x];
  for (let k = 1; k < 200; k += 1) {
    sum += term;
    term *= (x * x) / (2 * k + 1);
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

function evenly(count: number, least: number, most: number): number[] {
  return Array.from({ length: count }, (_, index) =>
    Math.round(least + ((most - least) * (index + 0.5)) / count),
  );
}

/** What is reranked: by default 100 passages for one query. */
export const workloads: Readonly<Record<string, Workload>> = {
  W1: {
    description: 'passages as in MS MARCO: pairs of 80 tokens on average, 27 to 209',
    pairLengths: (count) => logNormalLengths(count, 74, 0.4, 27, 209),
  },
  W2: {
    description: 'titles and questions: pairs of 30 tokens on average, 16 to 60',
    pairLengths: (count) => logNormalLengths(count, 29, 0.25, 16, 60),
  },
  W3: {
    description: 'long documents: every pair has 512 tokens',
    pairLengths: (count) => Array.from({ length: count }, () => 512),
  },
  W4: {
    description: 'mixed: half of the pairs have 20 to 60 tokens, half 250 to 400',
    pairLengths: (count) => [
      ...evenly(Math.ceil(count / 2), 20, 60),
      ...evenly(Math.floor(count / 2), 250, 400),
    ],
  },
};
