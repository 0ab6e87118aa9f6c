import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { isMusl, withoutNativeRuntime } from '@secondpass/runtime-common';

/**
 * Whether onnxruntime-node has no build for a platform: told by its files, and for musl by what they are linked with.
 *
 * @returns the error, or `undefined` where there is a build
 */
export function unsupportedPlatform(
  { platform, arch, musl } = {
    platform: process.platform as string,
    arch: process.arch as string,
    musl: isMusl(),
  },
): RetrievalError | undefined {
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const hasBuild = existsSync(join(root, 'bin', 'napi-v6', platform, arch, 'onnxruntime_binding.node'));
  if (hasBuild && !musl) return undefined;
  return new RetrievalError({
    code: 'missing-dependency',
    origin: 'onnxruntime-node',
    problem: `onnxruntime-node has no build for ${platform}-${arch}${musl ? ' (musl)' : ''}.`,
    nextStep: `Use ${withoutNativeRuntime}`,
  });
}
