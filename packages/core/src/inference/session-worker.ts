/** The thread that runs a model: the only file that knows ONNX Runtime. */
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TokenSequence } from '../tokenizer/token-sequence.ts';
import type { BatchReply, SessionGreeting, SessionRequest, SessionSettings } from './session-messages.ts';

const known = ['input_ids', 'attention_mask', 'token_type_ids'];

const port = parentPort!;
const settings = workerData as SessionSettings;

async function start(): Promise<void> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(settings.graph, {
      executionProviders: ['cpu'],
      intraOpNumThreads: settings.threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // Errors reach the caller as rejections; a warning on somebody's standard error would reach nobody.
      logSeverityLevel: 4,
    });
  } catch (error) {
    return greet({ kind: 'refused', reason: 'unreadable', detail: messageOf(error) });
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
      const results = await session.run(feedsOf(sequences, session.inputNames), [output]);
      const tensor = results[output]!;
      if (!(tensor.data instanceof Float32Array)) throw new Error(`${output} is ${tensor.type}, not float32`);
      // A copy, because the runtime's own memory cannot change hands between threads.
      const data = tensor.data.slice();
      reply({ kind: 'output', output: { data, dims: tensor.dims } }, [data.buffer]);
    } catch (error) {
      reply({ kind: 'failed', detail: messageOf(error) });
    }
  };
  const close = async (): Promise<void> => {
    await session.release();
    port.close();
  };
  let before: Promise<void> = Promise.resolve();
  port.on('message', (request: SessionRequest) => {
    before = before.then(() => (request.kind === 'run' ? run(request.sequences) : close()));
  });
  greet({ kind: 'ready', inputs: session.inputNames, output });
}

/** Pads to the longest sequence with token 0; the mask keeps padding out of every sum, so its id does not matter. */
function feedsOf(sequences: readonly TokenSequence[], inputs: readonly string[]): Record<string, Tensor> {
  const rows = sequences.length;
  const columns = Math.max(...sequences.map(({ ids }) => ids.length));
  const ids = new BigInt64Array(rows * columns);
  const typeIds = new BigInt64Array(rows * columns);
  const mask = new BigInt64Array(rows * columns);
  for (const [row, sequence] of sequences.entries()) {
    const start = row * columns;
    for (let column = 0; column < sequence.ids.length; column += 1) {
      ids[start + column] = BigInt(sequence.ids[column]!);
      typeIds[start + column] = BigInt(sequence.typeIds[column]!);
      mask[start + column] = 1n;
    }
  }
  const all: Record<string, BigInt64Array> = {
    input_ids: ids,
    attention_mask: mask,
    token_type_ids: typeIds,
  };
  return Object.fromEntries(inputs.map((name) => [name, new Tensor('int64', all[name]!, [rows, columns])]));
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
