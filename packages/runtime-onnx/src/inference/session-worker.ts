/** The thread that runs a model. Only this file, `feeds.ts` and `graph/model-run.ts` know ONNX Runtime. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TokenSequence } from '@secondpass/core/runtime';
import { InferenceSession } from 'onnxruntime-node';
import { feedsOf } from './feeds.ts';
import { applyHead } from './output-head.ts';
import type { BatchReply, SessionGreeting, SessionRequest, SessionSettings } from './session-messages.ts';
import { projectTokens } from './token-projection.ts';

const known = ['input_ids', 'attention_mask', 'token_type_ids'];

const port = parentPort!;
const settings = workerData as SessionSettings;
const paddingSide = settings.paddingSide ?? 'right';
const { statesInput } = settings;
const feedSettings = { paddingSide, firstPosition: settings.firstPosition ?? 0, statesInput } as const;
// Families count positions from different numbers: a wrong one would give wrong scores, and no error.
if (settings.firstPosition !== undefined) known.push('position_ids');
if (statesInput !== undefined) known.push(statesInput);

async function start(): Promise<void> {
  let session: InferenceSession;
  const provider = settings.executionProvider ?? 'cpu';
  try {
    session = await createSession(provider);
  } catch (error) {
    const detail = messageOf(error);
    const readable = provider !== 'cpu' && (await isReadable());
    return greet({ kind: 'refused', reason: readable ? 'no-provider' : 'unreadable', detail });
  }
  const unexpected = session.inputNames.filter((name) => !known.includes(name));
  if (unexpected.length > 0 || !session.inputNames.includes('input_ids')) {
    const detail = `its inputs are ${session.inputNames.join(', ')}`;
    return greet({ kind: 'refused', reason: 'unexpected-inputs', detail });
  }
  const output =
    settings.preferredOutputs.find((name) => session.outputNames.includes(name)) ?? session.outputNames[0]!;
  const run = async (sequences: readonly TokenSequence[]): Promise<void> => {
    try {
      const results = await session.run(feedsOf(sequences, session.inputNames, feedSettings), [output]);
      const tensor = results[output]!;
      if (!(tensor.data instanceof Float32Array)) throw new Error(`${output} is ${tensor.type}, not float32`);
      if (settings.head && tensor.dims.length === 3) {
        const lengths = sequences.map(({ ids }) => ids.length);
        const vectors = { data: tensor.data, dims: tensor.dims, lengths, paddingSide };
        const scored = applyHead(vectors, settings.head);
        return reply({ kind: 'output', output: scored }, [scored.data.buffer as ArrayBuffer]);
      }
      if (settings.projections) {
        const output = projectTokens({ data: tensor.data.slice(), dims: tensor.dims }, settings.projections);
        return reply({ kind: 'output', output }, [output.data.buffer as ArrayBuffer]);
      }
      // A copy, because the runtime's own memory cannot change hands between threads.
      const data = tensor.data.slice();
      reply({ kind: 'output', output: { data, dims: tensor.dims } }, [data.buffer]);
    } catch (error) {
      reply({ kind: 'failed', detail: messageOf(error) });
    }
  };
  const close = async (): Promise<void> => {
    await session.release();
    // Deno's port has no close(), and its threads end by a function of their own.
    if (typeof port.close === 'function') port.close();
    else (globalThis as { close?(): void }).close?.();
  };
  let before: Promise<void> = Promise.resolve();
  port.on('message', (request: SessionRequest) => {
    before = before.then(() => (request.kind === 'run' ? run(request.sequences) : close()));
  });
  greet({ kind: 'ready', inputs: session.inputNames, output });
}

function createSession(provider: string): Promise<InferenceSession> {
  return InferenceSession.create(settings.graph, {
    executionProviders: [provider],
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // Batches have ever new shapes, and a memory plan would be kept for each of them.
    enableMemPattern: false,
    // Weights in blocks of their own size: the arena would round them up, to 10 % more memory for the process.
    extra: { session: { use_device_allocator_for_initializers: '1' } },
    // Errors reach the caller as rejections; a warning on standard error would not reach the caller.
    logSeverityLevel: 4,
  });
}

/** Tells a provider that is not there from a file that is damaged. */
async function isReadable(): Promise<boolean> {
  try {
    await (await createSession('cpu')).release();
    return true;
  } catch {
    return false;
  }
}

function greet(greeting: SessionGreeting): void {
  port.postMessage(greeting);
}

function reply(message: BatchReply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

await start();
