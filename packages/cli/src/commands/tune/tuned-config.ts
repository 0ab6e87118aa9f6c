import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { adviceInWords, goalInWords, type MeasuredSetting, type TuningResult } from '@secondpass/tuning';
import { Document, isMap, isScalar, parseDocument } from 'yaml';
import type { CommandContext } from '../../command-context.ts';
import { type LoadedConfig, readConfigFile } from '../../config/config-file.ts';

/** A key of the configuration, its new value, and the reason. `undefined` removes the key. */
interface Change {
  readonly path: readonly string[];
  readonly value: string | number | undefined;
  readonly reason: string;
}

/**
 * Writes a copy of the configuration in use with the advised setting. Variables and comments are kept. The new file is
 * read back as a check before it replaces an old one.
 */
export async function writeTunedConfig(
  file: string,
  config: LoadedConfig,
  result: TuningResult,
  context: Pick<CommandContext, 'environment' | 'secrets'>,
): Promise<void> {
  const advised = result.settings[result.advice!.setting]!;
  const changes = changesFor(config, result, advised);
  const head = [
    `Written by "secondpass tune" from ${basename(config.file)}.`,
    `Asked for: ${goalInWords(result.goal)}, by ${result.measure.label} on ${result.queries.used} queries.`,
    adviceInWords(result),
  ];
  const text =
    extname(file) === '.ts'
      ? asTypeScript(config, changes, head)
      : asYaml(await readFile(config.file, 'utf8'), changes, head);
  const draft = join(dirname(file), `.tuned-${randomUUID()}${extname(file)}`);
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await readConfigFile(draft, context);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

function changesFor(config: LoadedConfig, result: TuningResult, advised: MeasuredSetting): readonly Change[] {
  const { model, precision } = result.scorers.find(({ key }) => key === advised.scorer)!;
  const current = result.settings[result.current]!;
  const isOther = advised.scorer !== current.scorer && model !== config.reranker.model;
  const time = `stage 2: ${advised.p50Ms} ms (p50), ${advised.p95Ms} ms (p95)`;
  // A cascade in use keeps the weights that its models state.
  const keepsOwn = advised.scorer === current.scorer && config.reranker.cascade && config.blend === undefined;
  return [
    { path: ['depth'], value: advised.depth, reason: `candidates read by stage 2; ${time}` },
    // Written even if it is 0: without this key, a bundled model uses its own weight.
    ...(keepsOwn
      ? []
      : [{ path: ['blend'], value: advised.blend, reason: 'weight of stage 1 in the order' }]),
    ...(advised.scorer === current.scorer
      ? []
      : [
          { path: ['reranker', 'model'], value: model, reason: `was ${current.scorer}` },
          { path: ['reranker', 'precision'], value: precision ?? undefined, reason: 'its precision' },
        ]),
    // These settings belonged to another model or to a service.
    ...(isOther
      ? ['remote', 'failover', 'cascade', 'kind', 'maxBatchTokens', 'precomputed'].map((key) => ({
          path: ['reranker', key],
          value: undefined,
          reason: '',
        }))
      : []),
  ];
}

function asYaml(text: string, changes: readonly Change[], head: readonly string[]): string {
  const parsed = parseDocument(text);
  // JSON is written as YAML, because YAML allows comments.
  const isFlow = isMap(parsed.contents) && parsed.contents.flow === true;
  const document = isFlow ? new Document(parsed.toJS()) : parsed;
  for (const { path, value, reason } of changes) {
    if (value === undefined) {
      if (document.hasIn(path)) document.deleteIn(path);
      continue;
    }
    document.setIn(path, value);
    const parent = document.getIn(path.slice(0, -1));
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => (isScalar(key) ? key.value : key) === path.at(-1))
      : undefined;
    if (pair) {
      const node = document.createNode(value);
      node.comment = ` ${reason}`;
      pair.value = node;
    }
  }
  const before = document.commentBefore;
  document.commentBefore = [...head.flatMap(wrapped), ...(before ? ['', before] : [])]
    .map((line) => (line.startsWith(' ') || line === '' ? line : ` ${line}`))
    .join('\n');
  return document.toString({ lineWidth: 0 });
}

function asTypeScript(config: LoadedConfig, changes: readonly Change[], head: readonly string[]): string {
  const line = ({ path, value, reason }: Change): string =>
    `${path.at(-1)}: ${value === undefined ? 'undefined' : JSON.stringify(value)},${reason === '' ? '' : ` // ${reason}`}`;
  const ofReranker = changes.filter(({ path }) => path.length > 1);
  return [
    ...head.flatMap(wrapped).map((words) => `// ${words}`),
    `import base from './${basename(config.file)}';`,
    '',
    'export default {',
    '  ...base,',
    ...changes.filter(({ path }) => path.length === 1).map((change) => `  ${line(change)}`),
    ...(ofReranker.length === 0
      ? []
      : [
          '  reranker: {',
          '    ...base.reranker,',
          ...ofReranker.map((change) => `    ${line(change)}`),
          '  },',
        ]),
    '};',
    '',
  ].join('\n');
}

/** Wraps a text to lines of at most 100 characters. Its line breaks are removed, because they would end a comment. */
function wrapped(text: string): readonly string[] {
  return (
    text
      .replace(/\s+/g, ' ')
      .match(/.{1,100}(?:\s|$)|\S+/g)
      ?.map((line) => line.trim()) ?? []
  );
}
