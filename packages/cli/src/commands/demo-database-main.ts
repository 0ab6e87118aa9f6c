/** A process of its own that creates the demo's database and ends: see `createDemoDatabase`. */
import { pgvectorAdapter } from '../adapters/pgvector.ts';
import { compileWasmOnce } from './create-demo-database.ts';

const [, , directory] = process.argv;
compileWasmOnce();
await (await pgvectorAdapter.open({ directory, table: 'passages' })).close();
