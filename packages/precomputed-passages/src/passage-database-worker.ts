/** A thread for a passage database, which would block the event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { PassageDatabase } from './passage-database.ts';
import type {
  PassageDatabaseReply,
  PassageDatabaseRequest,
  PassageDatabaseSettings,
} from './passage-database-thread.ts';

const port = parentPort!;
const { directory, maxBytes } = workerData as PassageDatabaseSettings;

function start(): void {
  let database: PassageDatabase;
  try {
    database = new PassageDatabase(directory, maxBytes);
  } catch (error) {
    reply({ kind: 'failed', detail: messageOf(error) });
    return;
  }
  port.on('message', (request: PassageDatabaseRequest) => {
    try {
      reply(answer(database, request));
    } catch (error) {
      reply({ kind: 'failed', detail: messageOf(error) });
    }
    if (request.kind === 'close') return port.close();
    try {
      database.tidy();
    } catch {
      // Another process is writing: the times of reading stay in memory, and are written later.
    }
  });
  reply({ kind: 'done' });
}

function answer(database: PassageDatabase, request: PassageDatabaseRequest): PassageDatabaseReply {
  switch (request.kind) {
    case 'get':
      return { kind: 'entries', entries: database.get(request.digests) };
    case 'has':
      return { kind: 'digests', digests: database.has(request.digests) };
    case 'list':
      return { kind: 'digests', digests: database.list(request.after, request.limit) };
    case 'delete':
      database.delete(request.digests);
      return { kind: 'done' };
    case 'put':
      database.put(request.entries);
      return { kind: 'done' };
    case 'stats':
      return { kind: 'stats', stats: database.stats() };
    case 'close':
      database.close();
      return { kind: 'done' };
  }
}

function reply(message: PassageDatabaseReply): void {
  const buffers = message.kind === 'entries' ? message.entries.map(({ bytes }) => bytes.buffer) : [];
  port.postMessage(message, buffers as ArrayBuffer[]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

start();
