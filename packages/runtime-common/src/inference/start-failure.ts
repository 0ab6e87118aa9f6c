import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RetrievalError } from '@secondpass/core';
import { platformName } from '../platform.ts';

/** What to do where onnxruntime-node does not run. */
export const withoutNativeRuntime =
  '`npm install @secondpass/runtime-wasm` (slower, runs wherever Node.js does), or a reranker behind HTTP (@secondpass/reranker-remote); docs/install.md lists the platforms.';

/** Node.js's messages for a native library that is missing, or that does not fit the machine. */
const nativeFailure =
  /ERR_DLOPEN_FAILED|onnxruntime_binding|libonnxruntime|shared (library|object)|(Cannot find|Could not resolve).*onnxruntime/i;

/** Why a model's thread did not start, with a hint at what is missing; `undefined` if the model itself is the cause. */
export function startFailure(error: unknown, script: URL, origin: string): RetrievalError | undefined {
  const message = error instanceof Error ? `${(error as { code?: string }).code ?? ''} ${error.message}` : '';
  if (!isThere(script)) {
    return refusal(
      origin,
      `The file of the model's thread is not at ${fileURLToPath(script)}: the program was bundled without it.`,
      'Keep @secondpass/runtime-onnx and @secondpass/runtime-wasm out of the bundle (esbuild: --external:@secondpass/runtime-onnx; Next.js: serverExternalPackages); see docs/install.md.',
      error,
    );
  }
  if (!nativeFailure.test(message)) return undefined;
  const first = (error as Error).message.split('\n', 1)[0]!.slice(0, 200);
  return refusal(
    origin,
    `ONNX Runtime cannot be loaded on ${platformName()}: ${first}`,
    `Install ONNX Runtime again for this machine, or use another way: ${withoutNativeRuntime}`,
    error,
  );
}

function isThere(script: URL): boolean {
  return script.protocol !== 'file:' || existsSync(fileURLToPath(script));
}

function refusal(origin: string, problem: string, nextStep: string, cause: unknown): RetrievalError {
  return new RetrievalError({ code: 'missing-dependency', origin, problem, nextStep, cause });
}
