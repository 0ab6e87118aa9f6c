import { readFileSync } from 'node:fs';

/** What the rows of ours were measured with. */
export function ourVersions(): Record<string, string> {
  const manifestOf = (name: string) =>
    JSON.parse(readFileSync(new URL(`../../../packages/${name}/package.json`, import.meta.url), 'utf8')) as {
      version: string;
      dependencies: Record<string, string>;
    };
  return {
    '@secondpass/core': manifestOf('core').version,
    'onnxruntime-node': manifestOf('runtime-onnx').dependencies['onnxruntime-node']!,
  };
}
