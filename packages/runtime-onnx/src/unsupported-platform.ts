import { RetrievalError } from '@secondpass/core';
import { isMusl, withoutNativeRuntime } from '@secondpass/runtime-common';

/**
 * What onnxruntime-node has a build for. Not looked up in its files: tools that copy what a server uses would then copy the
 * builds of all platforms.
 */
const builds = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

/**
 * Whether onnxruntime-node has no build for a platform.
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
  if (builds.includes(`${platform}-${arch}`) && !musl) return undefined;
  return new RetrievalError({
    code: 'missing-dependency',
    origin: 'onnxruntime-node',
    problem: `onnxruntime-node has no build for ${platform}-${arch}${musl ? ' (musl)' : ''}.`,
    nextStep: `Use ${withoutNativeRuntime}`,
  });
}
