import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { ModelRuntime } from './model-runtime.ts';

/** The line that installs the default runtime. */
export const installRuntime = 'npm install @secondpass/runtime-onnx';

let loading: Promise<ModelRuntime> | undefined;

/**
 * The runtime of `@secondpass/runtime-onnx`, loaded at the first local model, so that remote models need no native code.
 *
 * @throws RetrievalError `missing-dependency` where the package is not installed
 *
 * @example
 * import { loadRuntime } from '@secondpass/core/runtime';
 * (await loadRuntime()).name; // → 'onnxruntime-node'
 */
export function loadRuntime(): Promise<ModelRuntime> {
  loading ??= importRuntime().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function importRuntime(): Promise<ModelRuntime> {
  try {
    // The comments keep webpack, Turbopack and Vite from resolving it: with remote rerankers the package is not installed.
    const { onnxRuntime } = await import(
      /* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ '@secondpass/runtime-onnx'
    );
    return onnxRuntime;
  } catch (cause) {
    if (RetrievalError.is(cause)) throw cause;
    const absent = isMissing(cause);
    throw new RetrievalError({
      code: 'missing-dependency',
      origin: '@secondpass/runtime-onnx',
      problem: absent
        ? 'Local models need the package @secondpass/runtime-onnx, and it is not installed.'
        : `The package @secondpass/runtime-onnx cannot be loaded: ${firstLine(cause)}`,
      nextStep: absent
        ? `Install it: ${installRuntime}`
        : 'See the platforms in docs/install.md; a reranker behind HTTP (@secondpass/reranker-remote) needs no runtime.',
      cause,
    });
  }
}

/** Whether the package itself is not there, and not a file that it needs. */
function isMissing(cause: unknown): boolean {
  const { code, message = '' } = cause as { code?: unknown; message?: string };
  const codes = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];
  return codes.includes(String(code)) && /['"]@secondpass\/runtime-onnx['"]/.test(message);
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0]!.slice(0, 300);
}
