import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export const pageBytes = 8192;
/** The log is written back into the database at this size, which leaves room for one more transaction. */
const checkpointPages = 256;
/** How long a write waits for another process, in milliseconds. */
const lockTimeoutMs = 5000;

const schema = `
  PRAGMA page_size = ${pageBytes};
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = ${checkpointPages};
  PRAGMA journal_size_limit = ${checkpointPages * pageBytes};
  CREATE TABLE IF NOT EXISTS passage (id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, states BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS entry (
    digest TEXT PRIMARY KEY, passage INTEGER NOT NULL, used INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entry_used ON entry (used);
`;

/**
 * Opens or creates the file; a corrupt database is replaced by an empty one.
 *
 * @param onLost called for a corrupt database
 */
export function openDatabase(file: string, onLost: () => void): DatabaseSync {
  try {
    return openAsItIs(file);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    onLost();
    return beginDatabase(file);
  }
}

/** Removes the existing files. Processes that have them open continue with the deleted files, which does no harm. */
export function beginDatabase(file: string): DatabaseSync {
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  return openAsItIs(file);
}

function openAsItIs(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: lockTimeoutMs });
  try {
    database.exec(schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, with or without an extended code. */
export function isCorrupt(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return code === 11 || code === 26;
}
