import { stringify } from 'yaml';
import type { SourceSettings } from '../adapters/adapter.ts';
import type { EmbedderConfig } from '../config/config-schema.ts';
import type { RerankerConfig } from '../config/reranker-schema.ts';

/** A configuration as written to the file: secrets are variables. */
export interface WrittenConfig {
  readonly source: SourceSettings & { readonly adapter: string };
  readonly embedder: EmbedderConfig;
  readonly reranker: RerankerConfig;
  readonly depth: number;
  readonly topK: number;
}

/** The text of the file, with a comment for readers. */
export function configText(config: WrittenConfig): string {
  const head = [
    `# Written by "secondpass init". \${NAME} is an environment variable.`,
    '# Every key: https://www.npmjs.com/package/secondpass',
  ];
  return `${head.join('\n')}\n${stringify(config, { lineWidth: 0 })}`;
}
