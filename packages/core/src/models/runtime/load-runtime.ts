import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { type ModelRuntime, type RuntimeName, runtimeNames } from './model-runtime.ts';

/** The line that installs the default runtime. */
export const installRuntime = 'npm install @secondpass/runtime-onnx';
const installWasm = 'npm install @secondpass/runtime-wasm';

const loading = new Map<RuntimeName, Promise<ModelRuntime>>();

const rethrow = (cause: unknown): never => {
  throw cause;
};

// The comments keep webpack, Turbopack and Vite from resolving them, and the catch does so with esbuild: with remote rerankers
// no runtime is installed, and with one of the two the other is not.
const packages: Readonly<Record<RuntimeName, () => Promise<ModelRuntime>>> = {
  onnx: () =>
    import(
      /* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ '@secondpass/runtime-onnx'
    )
      .catch(rethrow)
      .then(({ onnxRuntime }) => onnxRuntime),
  wasm: () =>
    import(
      /* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ '@secondpass/runtime-wasm'
    )
      .catch(rethrow)
      .then(({ wasmRuntime }) => wasmRuntime),
};

/**
 * What runs local models, loaded at the first of them, so that remote models need no native code.
 *
 * @param asked a runtime, which is given back, or the name of one. @default `onnx` where `@secondpass/runtime-onnx` is
 * installed and has a build for this machine, else `wasm`
 * @throws RetrievalError `missing-dependency` if the package is not installed, or has no build for this machine
 *
 * @example
 * import { loadRuntime } from '@secondpass/core/runtime';
 * (await loadRuntime()).name; // → 'onnxruntime-node'
 */
export async function loadRuntime(asked?: RuntimeName | ModelRuntime): Promise<ModelRuntime> {
  if (typeof asked === 'object') return asked;
  return firstRuntime(asked === undefined ? runtimeNames : [asked], loadOnce);
}

/**
 * The first of the runtimes that is installed and runs on this machine.
 *
 * @throws RetrievalError `missing-dependency`: of the one that is installed and does not run, else of all that are missing
 */
export async function firstRuntime(
  names: readonly RuntimeName[],
  load: (name: RuntimeName) => Promise<ModelRuntime>,
): Promise<ModelRuntime> {
  let unusable: Error | undefined;
  for (const name of names) {
    try {
      const runtime = await load(name);
      const fault = runtime.unsupported?.();
      if (!fault) return runtime;
      unusable ??= fault;
    } catch (cause) {
      if (!isMissing(cause, name)) unusable ??= broken(cause, name);
    }
  }
  throw unusable ?? notInstalled(names);
}

function loadOnce(name: RuntimeName): Promise<ModelRuntime> {
  const known = loading.get(name);
  if (known) return known;
  const begun = packages[name]();
  loading.set(name, begun);
  begun.catch(() => loading.delete(name));
  return begun;
}

function notInstalled(names: readonly RuntimeName[]): RetrievalError {
  const [only] = names;
  if (names.length === 1) {
    return new RetrievalError({
      code: 'missing-dependency',
      origin: `@secondpass/runtime-${only}`,
      problem: `The runtime ${only} needs the package @secondpass/runtime-${only}, and it is not installed.`,
      nextStep: `Install it: npm install @secondpass/runtime-${only}`,
    });
  }
  return new RetrievalError({
    code: 'missing-dependency',
    origin: '@secondpass/runtime-onnx',
    problem: 'Local models need the package @secondpass/runtime-onnx, and it is not installed.',
    nextStep: `Install it: ${installRuntime}; on Alpine, on Macs with Intel processors and wherever else it has no build: ${installWasm}`,
  });
}

function broken(cause: unknown, name: RuntimeName): RetrievalError {
  if (RetrievalError.is(cause)) return cause;
  return new RetrievalError({
    code: 'missing-dependency',
    origin: `@secondpass/runtime-${name}`,
    problem: `The package @secondpass/runtime-${name} cannot be loaded: ${firstLine(cause)}`,
    nextStep:
      'See the platforms in docs/install.md; a reranker behind HTTP (@secondpass/reranker-remote) needs no runtime.',
    cause,
  });
}

/** Whether the package itself is missing, and not a file that it needs. */
function isMissing(cause: unknown, name: RuntimeName): boolean {
  const { code, message = '' } = cause as { code?: unknown; message?: string };
  const codes = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];
  return codes.includes(String(code)) && new RegExp(`['"]@secondpass/runtime-${name}['"]`).test(message);
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0]!.slice(0, 300);
}
