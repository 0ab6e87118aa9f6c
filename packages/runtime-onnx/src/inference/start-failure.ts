import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RetrievalError } from '@secondpass/core';

/** How Node.js words a native library that is not there, or does not fit the machine. */
const nativeFailure =
  /ERR_DLOPEN_FAILED|onnxruntime_binding|libonnxruntime|shared (library|object)|(Cannot find|Could not resolve).*onnxruntime/i;

/** Why a model's thread did not start, in words that lead to what is missing; `undefined` where it is the model's own fault. */
export function startFailure(error: unknown, script: URL, origin: string): RetrievalError | undefined {
  const message = error instanceof Error ? `${(error as { code?: string }).code ?? ''} ${error.message}` : '';
  if (!isThere(script)) {
    return refusal(
      origin,
      `The file of the model's thread is not at ${fileURLToPath(script)}: the program was bundled without it.`,
      'Keep @secondpass/runtime-onnx out of the bundle (esbuild: --external:@secondpass/runtime-onnx; Next.js: serverExternalPackages); see docs/install.md.',
      error,
    );
  }
  if (!nativeFailure.test(message)) return undefined;
  const first = (error as Error).message.split('\n', 1)[0]!.slice(0, 200);
  return refusal(
    origin,
    `ONNX Runtime cannot be loaded on ${platformName()}: ${first}`,
    nextStepFor(process.platform, process.arch, isMusl()),
    error,
  );
}

function isThere(script: URL): boolean {
  return script.protocol !== 'file:' || existsSync(fileURLToPath(script));
}

function nextStepFor(platform: string, arch: string, musl: boolean): string {
  const elsewhere = 'or use a reranker behind HTTP (@secondpass/reranker-remote)';
  if (musl)
    return `onnxruntime-node has no build for musl: use an image with glibc such as node:24-slim, ${elsewhere}.`;
  if (platform === 'darwin' && arch === 'x64') {
    return `onnxruntime-node has no build for Macs with Intel processors: run in a Linux container, ${elsewhere}.`;
  }
  return `Install onnxruntime-node again for this machine, ${elsewhere}; docs/install.md lists the platforms.`;
}

function platformName(): string {
  return `${process.platform}-${process.arch}${isMusl() ? ' (musl)' : ''}`;
}

/** Linux without glibc, such as Alpine. */
function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header !== undefined && header.glibcVersionRuntime === undefined;
}

function refusal(origin: string, problem: string, nextStep: string, cause: unknown): RetrievalError {
  return new RetrievalError({ code: 'missing-dependency', origin, problem, nextStep, cause });
}
