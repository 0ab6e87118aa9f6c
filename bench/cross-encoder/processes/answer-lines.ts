/** The child's side of a contender in Node: a JSON request per line in, a JSON answer per line out, as in answer_lines.py. */
import { createInterface } from 'node:readline';

export interface LoadRequest {
  readonly directory: string;
  readonly precision: 'fp32' | 'int8';
  readonly threads: number;
}

export interface ScoreRequest {
  readonly query: string;
  readonly passages: readonly string[];
  readonly batchSize?: number;
}

export interface Scored {
  /** Of the public call only, from texts to scores. */
  readonly ms: number;
  readonly scores: readonly number[];
  readonly scale: 'logit' | 'probability';
}

export interface EmbedRequest {
  readonly passages: readonly string[];
  readonly batchSize?: number;
  /** Whether the vectors are part of the answer, which costs time outside of the clock. */
  readonly wantVectors?: boolean;
}

export interface Embedded {
  /** Of the public call only, from texts to vectors. */
  readonly ms: number;
  readonly vectors?: readonly (readonly number[])[];
}

export interface ContenderCalls {
  load(request: LoadRequest): Promise<{ versions: Record<string, string> }>;
  score?(request: ScoreRequest): Promise<Scored>;
  embed?(request: EmbedRequest): Promise<Embedded>;
  /** What is done before the clock starts, away from the turn of `score`, so that it does not warm caches up for it. */
  prepare?(request: ScoreRequest): Promise<object>;
  /** The same, watched for how long the event loop stands still. */
  gap?(request: ScoreRequest): Promise<{ longestGapMs: number }>;
}

type Request = { readonly command: keyof ContenderCalls } & LoadRequest & ScoreRequest & EmbedRequest;

export async function answerLines(calls: ContenderCalls): Promise<void> {
  // Libraries that log to standard output would break the protocol.
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    const answer = await answerTo(calls, request).catch((error: unknown) => ({
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    }));
    write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

async function answerTo(calls: ContenderCalls, request: Request): Promise<unknown> {
  const call = calls[request.command] as ((request: Request) => Promise<unknown>) | undefined;
  if (call === undefined) throw new Error(`There is no ${request.command} here.`);
  return call(request);
}
