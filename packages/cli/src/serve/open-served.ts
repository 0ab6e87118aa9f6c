import { resolve } from 'node:path';
import type { TwoStageRetriever } from '@secondpass/core';
import type { CommandContext } from '../command-context.ts';
import { readConfigFile } from '../config/config-file.ts';
import type { OpenReranker } from '../open-reranker.ts';
import {
  closeAll,
  type ModelPlace,
  type OpenEmbedder,
  openAll,
  openEmbedder,
  openReranker,
  openRetriever,
} from '../pipeline.ts';
import type { ServeConfig } from './serve-config.ts';

export interface Served {
  readonly rerankers: Readonly<Record<string, OpenReranker>>;
  readonly embedders: Readonly<Record<string, OpenEmbedder>>;
  readonly pipelines: Readonly<Record<string, TwoStageRetriever>>;
  close(): Promise<void>;
}

/**
 * Opens all parts of a configuration. Models share the cores. Equal blocks in the same folder share one model under
 * several names.
 *
 * @throws RetrievalError of the first part that cannot be opened, after the others are closed
 */
export async function openServed(
  { file, folder, rerankers, embedders, pipelines, cores }: ServeConfig,
  context: Pick<CommandContext, 'environment' | 'secrets'>,
): Promise<Served> {
  const workers = cores === undefined ? {} : { workers: cores };
  const place: ModelPlace = { file, folder, ...workers };
  const rerankerOf = once(openReranker, ({ reranker }) => reranker);
  const embedderOf = once(openEmbedder, ({ embedder }) => embedder);
  const openPipeline = async (path: string) => {
    const config = { ...(await readConfigFile(resolve(folder, path), context)), ...workers };
    return openRetriever(config, { reranker: rerankerOf, embedder: embedderOf });
  };
  const opened = await openAll([
    async () => named(rerankers, (reranker, key) => rerankerOf({ ...place, reranker }, `rerankers.${key}`)),
    async () => named(embedders, (embedder, key) => embedderOf({ ...place, embedder }, `embedders.${key}`)),
    async () => named(pipelines, openPipeline),
  ]);
  const [rerankerParts, embedderParts, pipelineParts] = opened;
  return {
    rerankers: rerankerParts.parts,
    embedders: embedderParts.parts,
    pipelines: Object.fromEntries(
      Object.entries(pipelineParts.parts).map(([name, { retriever }]) => [name, retriever]),
    ),
    close: () => closeAll(opened),
  };
}

interface Closable {
  close(): Promise<void>;
}

async function named<Block, Part extends Closable>(
  blocks: Readonly<Record<string, Block>>,
  open: (block: Block, name: string) => Promise<Part>,
): Promise<{ readonly parts: Readonly<Record<string, Part>>; close(): Promise<void> }> {
  const names = Object.keys(blocks);
  const opened = await openAll(names.map((name) => () => open(blocks[name]!, name)));
  const parts = Object.fromEntries(names.map((name, index) => [name, opened[index] as Part]));
  return { parts, close: () => closeAll(opened) };
}

/** Opens each block only once per folder; equal blocks share the model. */
function once<Config extends ModelPlace, Model>(
  open: (config: Config, path?: string) => Promise<Model>,
  blockOf: (config: Config) => unknown,
): (config: Config, path?: string) => Promise<Model> {
  const known = new Map<string, Promise<Model>>();
  return (config, path) => {
    const key = JSON.stringify([resolve(config.folder), blockOf(config)]);
    const model = known.get(key) ?? open(config, path);
    known.set(key, model);
    return model;
  };
}
