import { afterAll } from '@jest/globals';
import { describeEngine } from '../engines.ts';
import { type StartedQdrant, startQdrant } from '../services/qdrant.ts';
import { openTestCollections, type TestCollections } from './test-collections.ts';

const engine = await startQdrant();

/** Registers tests on Qdrant where there is one, with collections of their own. */
export function describeQdrant(
  body: (engine: StartedQdrant & { readonly collections: TestCollections }) => void,
): void {
  describeEngine('qdrant', engine, (started) => {
    const collections = openTestCollections(started.url);
    afterAll(async () => {
      await collections.drop();
      await started.stop();
    });
    body({ ...started, collections });
  });
}
