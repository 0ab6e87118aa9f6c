import type { InitDatabase } from './databases/database.ts';
import { elasticDatabase } from './databases/elastic.ts';
import { embeddedDatabase } from './databases/embedded.ts';
import { postgresDatabase } from './databases/postgres.ts';
import { qdrantDatabase } from './databases/qdrant.ts';

/** Every database that `init` can inspect. */
export const databases: readonly InitDatabase[] = [
  postgresDatabase,
  elasticDatabase,
  qdrantDatabase,
  embeddedDatabase,
];
