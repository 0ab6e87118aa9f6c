/** The program of docs/quickstart-qdrant.md on a collection that secondpass did not fill. */
import { expect, test } from '@jest/globals';
import { exampleTimeoutMs, runExampleProgram } from '../example-programs.ts';
import { describeQdrant } from './engines.ts';

describeQdrant(({ url, collections }) => {
  test(
    'is searched by the vectors of title and body, reranked, filtered, and deleted again',
    async () => {
      const COLLECTION = collections.next();
      const environment = { QDRANT_URL: url, COLLECTION };
      const { stdout } = await runExampleProgram('qdrant-named-vectors/run.ts', environment);
      expect(stdout).toMatch(/^1 0\.\d{3} 101 Yeast eats sugar .*author: 'Ines'/);
      expect((await collections.client.collectionExists(COLLECTION)).exists).toBe(false);
    },
    exampleTimeoutMs,
  );
});
