import { MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import type { TokenSequence } from '@secondpass/core/runtime';
import { inNativeCode } from '../native-code.ts';
import { OvertakingQueue } from '../overtaking-queue.ts';
import { modelThreadTask } from '../start-model-thread.ts';
import { feedsOf } from './feeds.ts';
import type { LoadedGraph, OnnxBuild } from './onnx-build.ts';
import { applyHead } from './output-head.ts';
import type {
  BatchReply,
  BatchRequest,
  SessionGreeting,
  SessionRequest,
  SessionSettings,
  SessionStart,
} from './session-messages.ts';
import { projectTokens } from './token-projection.ts';

/** With fewer batches waiting, a thread answers at once, so that it gets more in time. */
const fewWaiting = 2;

/**
 * What a thread that runs a model does, by one build of ONNX Runtime: loads the graph that it was started for, answers one
 * batch after another, and ends when it is asked to. Call it in a thread that a `SessionThread` started.
 *
 * @example
 * import { writeFile } from 'node:fs/promises';
 * import { resolve } from 'node:path';
 * import { pathToFileURL } from 'node:url';
 * import { SessionPool } from '@secondpass/runtime-common';
 * await writeFile('served-session.mjs', `import { serveSession } from '@secondpass/runtime-common/thread';
 *   const run = async () => ({ logits: { type: 'float32', data: Float32Array.of(0.5), dims: [1, 1] } });
 *   const graph = { inputNames: ['input_ids'], outputNames: ['logits'], run, release: async () => {} };
 *   await serveSession({ open: async () => graph, tensorOf: (type, data) => data }); // in earnest: ONNX Runtime`);
 * const settings = { graph: resolve('model.onnx'), preferredOutputs: ['logits'], threads: 1 };
 * const limits = { workers: 1, maxBatchTokens: 256, joining: true, maxQueuedBatches: 64 };
 * const script = pathToFileURL('served-session.mjs');
 * const pool = await SessionPool.open({ origin: 'my-model', script, settings, ...limits });
 * await pool.close();
 */
export async function serveSession<Tensor>(build: OnnxBuild<Tensor>): Promise<void> {
  const port = parentPort!;
  const { settings, running } = modelThreadTask<SessionStart>();
  const greet = (greeting: SessionGreeting): void => port.postMessage(greeting);
  const answer = (replies: readonly BatchReply[]): void =>
    port.postMessage(replies, replies.flatMap(buffersOf));

  const provider = settings.executionProvider ?? 'cpu';
  let graph: LoadedGraph<Tensor>;
  try {
    graph = await inNativeCode(() => build.open(settings.graph, provider, settings.threads));
  } catch (error) {
    const readable = provider !== 'cpu' && (await isReadable(build, settings));
    return greet({
      kind: 'refused',
      reason: readable ? 'no-provider' : 'unreadable',
      detail: messageOf(error),
    });
  }
  const known = knownInputs(settings);
  if (graph.inputNames.some((name) => !known.includes(name)) || !graph.inputNames.includes('input_ids')) {
    const detail = `its inputs are ${graph.inputNames.join(', ')}`;
    return greet({ kind: 'refused', reason: 'unexpected-inputs', detail });
  }
  const output =
    settings.preferredOutputs.find((name) => graph.outputNames.includes(name)) ?? graph.outputNames[0]!;
  const run = async ({ batch, sequences }: BatchRequest): Promise<BatchReply> => {
    Atomics.store(running, 0, batch);
    const started = performance.now();
    try {
      const result = await runBatch(build, graph, settings, sequences, output);
      return { kind: 'output', batch, runMs: performance.now() - started, output: result };
    } catch (error) {
      return { kind: 'failed', batch, runMs: performance.now() - started, detail: messageOf(error) };
    }
  };
  const close = async (): Promise<void> => {
    await inNativeCode(() => graph.release());
    // Deno's port has no close(); its threads end by a global close().
    if (typeof port.close === 'function') port.close();
    else (globalThis as { close?(): void }).close?.();
  };
  const waiting = new OvertakingQueue<BatchRequest>();
  let closing = false;
  const take = (request: SessionRequest) => {
    if (request.kind === 'close') closing = true;
    else waiting.add(request, request.urgent);
  };
  // Deno's port is none that can be asked.
  const receive = () => (port instanceof MessagePort ? receiveMessageOnPort(port) : undefined);
  const next = (): BatchRequest | undefined => {
    // The event loop has not seen what came during the last batch, and that may be urgent.
    for (let sent = receive(); sent; sent = receive()) take(sent.message);
    return waiting.next();
  };
  const work = async () => {
    let keptBack: BatchReply[] = [];
    let batch = next();
    while (batch) {
      keptBack.push(await run(batch));
      const following = next();
      // While the same request's next batch runs, its answer cannot be complete.
      const mayWait = batch.request !== undefined && batch.request === following?.request;
      if (!mayWait || waiting.size < fewWaiting) {
        answer(keptBack);
        keptBack = [];
      }
      batch = following;
    }
  };
  let working = false;
  port.on('message', async (request: SessionRequest) => {
    take(request);
    if (working) return;
    working = true;
    await work();
    working = false;
    if (closing) await close();
  });
  greet({ kind: 'ready', inputs: graph.inputNames, output });
}

function knownInputs({ firstPosition, statesInput }: SessionSettings): readonly string[] {
  const known = ['input_ids', 'attention_mask', 'token_type_ids'];
  // Model families count positions from different numbers: a wrong first position would give wrong scores without an
  // error.
  if (firstPosition !== undefined) known.push('position_ids');
  if (statesInput !== undefined) known.push(statesInput);
  return known;
}

async function runBatch<Tensor>(
  build: OnnxBuild<Tensor>,
  graph: LoadedGraph<Tensor>,
  { paddingSide = 'right', firstPosition = 0, statesInput, head, projections }: SessionSettings,
  sequences: readonly TokenSequence[],
  output: string,
): Promise<{ data: Float32Array; dims: readonly number[] }> {
  const feedSettings = { paddingSide, firstPosition, statesInput };
  const feeds = feedsOf(sequences, graph.inputNames, feedSettings, build.tensorOf);
  const { type, data, dims } = (await inNativeCode(() => graph.run(feeds, [output])))[output]!;
  if (!(data instanceof Float32Array)) throw new Error(`${output} is ${type}, not float32`);
  if (head && dims.length === 3) {
    return applyHead({ data, dims, lengths: sequences.map(({ ids }) => ids.length), paddingSide }, head);
  }
  // A copy, because the runtime's own memory cannot change hands between threads.
  const copy = { data: data.slice(), dims };
  return projections ? projectTokens(copy, projections) : copy;
}

/** Distinguishes a missing provider from a damaged file. */
async function isReadable<Tensor>(build: OnnxBuild<Tensor>, settings: SessionSettings): Promise<boolean> {
  try {
    await inNativeCode(async () => (await build.open(settings.graph, 'cpu', settings.threads)).release());
    return true;
  } catch {
    return false;
  }
}

function buffersOf(reply: BatchReply): ArrayBuffer[] {
  return reply.kind === 'output' ? [reply.output.data.buffer as ArrayBuffer] : [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
