import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { TextNode } from '@llamaindex/core/schema';
import type { Reranker } from '@secondpass/core';
import { documentedBlocks } from './documented-blocks.ts';

/** The longer, the better. */
const reranker: Reranker = {
  name: 'length',
  score: (async ({ passages }: { passages: readonly string[] }) =>
    passages.map(({ length }) => ({
      score: length / 100,
      rawScore: length,
      tokensCut: 0,
    }))) as Reranker['score'],
};

test("the page's postprocessor reorders nodes of LlamaIndex", async () => {
  const page = documentedBlocks().find(({ where }) => where.startsWith('docs/bridges.md:'))!;
  const folder = mkdtempSync(join(import.meta.dirname, 'llamaindex-'));
  try {
    writeFileSync(join(folder, 'postprocessor.ts'), page.text);
    const { SecondpassPostprocessor } = await import(join(folder, 'postprocessor.ts'));
    const nodes = ['yeast', '', 'yeast and salt'].map((text) => ({
      node: new TextNode({ text }),
      score: 0.5,
    }));
    const ask = (topN: number) =>
      new SecondpassPostprocessor(reranker, topN).postprocessNodes(nodes, 'yeast');
    const found: typeof nodes = await ask(9);
    expect(found.map(({ node, score }) => [node.text, score])).toEqual([
      ['yeast and salt', 0.14],
      ['yeast', 0.05],
      ['', 0],
    ]);
    expect(await ask(1)).toHaveLength(1);
    expect(nodes.map(({ score }) => score)).toEqual([0.5, 0.5, 0.5]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
