import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Embedder } from '@secondpass/core';
import { cacheFolder } from '../cross-encoder/cache-folder.ts';
import type { MadeUpTexts } from '../cross-encoder/made-up-texts.ts';
import { madeUpPassages } from './made-up-passages.ts';
import { depth } from './measure-table.ts';
import { nearestExactly } from './nearest-exactly.ts';

interface ListsRequest {
  readonly texts: MadeUpTexts;
  readonly embedder: Embedder;
  readonly queries: readonly string[];
  readonly sizes: readonly number[];
}

/** The exact lists for each size, computed once: comparing with a million passages takes minutes. */
export async function exactLists(request: ListsRequest): Promise<ReadonlyMap<number, string[][]>> {
  const { texts, embedder, queries, sizes } = request;
  const lists = new Map<number, string[][]>();
  const missing: number[] = [];
  for (const size of sizes) {
    const file = fileOf(size);
    if (existsSync(file)) lists.set(size, JSON.parse(readFileSync(file, 'utf8')));
    else missing.push(size);
  }
  if (missing.length === 0) return lists;
  const passages = madeUpPassages(Math.max(...missing), texts);
  const found = await nearestExactly({ passages, queries, embedder, depth, sizes: missing });
  mkdirSync(cacheFolder, { recursive: true });
  for (const [size, exact] of found) {
    writeFileSync(fileOf(size), JSON.stringify(exact));
    lists.set(size, exact);
  }
  return lists;

  function fileOf(size: number): string {
    const [first] = madeUpPassages(1, texts);
    const what = JSON.stringify([embedder.fingerprint, depth, queries, first!.text]);
    const digest = createHash('sha256').update(what).digest('hex').slice(0, 12);
    return join(cacheFolder, `exact-${size}-${digest}.json`);
  }
}
