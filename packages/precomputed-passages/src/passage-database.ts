import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { StoredPassageStates } from '@secondpass/core/extend';
import { beginDatabase, isCorrupt, openDatabase, pageBytes } from './open-database.ts';
import type { PassageDatabaseStats } from './passage-database-thread.ts';

/** How many reads are kept in memory before their times are written. */
const mostTouched = 1024;
const evictedAtATime = 16;

/**
 * Passage states in SQLite, with a size limit; calls block the thread. Writes are transactions, also with several
 * processes. A checksum detects entries that the disk has altered.
 */
export class PassageDatabase {
  readonly #file: string;
  readonly #mostPages: number;
  readonly #touched = new Set<string>();
  readonly #statements = new Map<string, StatementSync>();
  #database: DatabaseSync;
  #damaged = 0;
  #evicted = 0;

  /** @param maxBytes for the database's file; its log takes more */
  constructor(directory: string, maxBytes: number) {
    mkdirSync(directory, { recursive: true });
    // A change of the tables needs a new name, so that nothing has to be migrated.
    this.#file = join(directory, 'passages-1.sqlite');
    this.#mostPages = Math.floor(maxBytes / pageBytes);
    this.#database = openDatabase(this.#file, () => this.#lose());
    this.#whole(() => {
      this.#transaction(() => this.#makeRoom(0));
      this.#database.exec('PRAGMA incremental_vacuum');
    });
  }

  get(digests: readonly string[]): StoredPassageStates[] {
    const found = this.#whole(() => digests.flatMap((digest) => this.#read(digest) ?? []));
    for (const { digest } of found) this.#touched.add(digest);
    return found;
  }

  has(digests: readonly string[]): string[] {
    const select = () => this.#prepare('SELECT 1 FROM entry WHERE digest = ?');
    return this.#whole(() => digests.filter((digest) => select().get(digest) !== undefined));
  }

  /** Entries that exceed the size limit of the whole database are left out. */
  put(entries: readonly StoredPassageStates[]): void {
    const fitting = entries.filter(({ bytes }) => pagesOf(bytes) < this.#mostPages);
    const write = () => {
      for (const entry of fitting) this.#write(entry);
    };
    this.#whole(() => this.#transaction(write));
  }

  list(after: string, limit: number): string[] {
    const sql = 'SELECT digest FROM entry WHERE digest > ? ORDER BY digest LIMIT ?';
    return this.#whole(() => this.#prepare(sql).all(after, limit)).map(({ digest }) => String(digest));
  }

  delete(digests: readonly string[]): void {
    const remove = () => {
      for (const digest of digests) this.#remove(digest);
    };
    this.#whole(() => {
      this.#transaction(remove);
      this.#database.exec('PRAGMA incremental_vacuum');
    });
  }

  stats(): PassageDatabaseStats {
    const passages = this.#whole(() => this.#number('SELECT count(*) FROM entry'));
    const bytes = this.#usedPages() * pageBytes;
    return { passages, bytes, damaged: this.#damaged, evicted: this.#evicted };
  }

  /** Writes the times of reading once there are many; not during an answer, because it may have to wait. */
  tidy(): void {
    if (this.#touched.size >= mostTouched) this.#whole(() => this.#transaction(() => {}));
  }

  close(): void {
    if (!this.#database.isOpen) return;
    if (this.#touched.size > 0) this.#transaction(() => {});
    this.#statements.clear();
    this.#database.close();
  }

  #read(digest: string): StoredPassageStates | undefined {
    const sql =
      'SELECT checksum, states FROM entry JOIN passage ON passage.id = entry.passage WHERE digest = ?';
    const { checksum, states: bytes } = this.#prepare(sql).get(digest) ?? {};
    if (!(bytes instanceof Uint8Array)) return undefined;
    if (checksumOf(digest, bytes) === Number(checksum)) return { digest, bytes };
    this.#damaged += 1;
    this.#transaction(() => this.#remove(digest));
    return undefined;
  }

  #write({ digest, bytes }: StoredPassageStates): void {
    this.#remove(digest);
    this.#makeRoom(pagesOf(bytes));
    const { lastInsertRowid } = this.#prepare('INSERT INTO passage (checksum, states) VALUES (?, ?)').run(
      checksumOf(digest, bytes),
      bytes,
    );
    const insert = this.#prepare('INSERT INTO entry (digest, passage, used) VALUES (?, ?, ?)');
    insert.run(digest, lastInsertRowid, Date.now());
  }

  #makeRoom(pages: number): void {
    while (this.#usedPages() + pages > this.#mostPages) {
      const oldest = this.#prepare('SELECT digest FROM entry ORDER BY used LIMIT ?').all(evictedAtATime);
      if (oldest.length === 0) return;
      for (const { digest } of oldest) this.#remove(String(digest));
      this.#evicted += oldest.length;
    }
  }

  #remove(digest: string): void {
    this.#prepare('DELETE FROM passage WHERE id = (SELECT passage FROM entry WHERE digest = ?)').run(digest);
    this.#prepare('DELETE FROM entry WHERE digest = ?').run(digest);
  }

  #usedPages(): number {
    return this.#number('PRAGMA page_count') - this.#number('PRAGMA freelist_count');
  }

  #number(sql: string): number {
    return Number(Object.values(this.#prepare(sql).get()!)[0]);
  }

  /** Also writes the entries read since the last transaction, so that entries in use are not deleted. */
  #transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const touch = this.#prepare('UPDATE entry SET used = ? WHERE digest = ?');
      const now = Date.now();
      for (const digest of this.#touched) touch.run(now, digest);
      work();
      this.#database.exec('COMMIT');
      this.#touched.clear();
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #lose(): void {
    this.#damaged += 1;
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** A corrupt database is replaced by an empty one: everything in it can be computed again. */
  #whole<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      this.#lose();
      this.#statements.clear();
      this.#database.close();
      this.#database = beginDatabase(this.#file);
      return work();
    }
  }
}

function checksumOf(digest: string, bytes: Uint8Array): number {
  return crc32(bytes, crc32(digest));
}

/** The most pages that a value takes: its own, and new pages of the tables and the index. */
function pagesOf(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / (pageBytes - 4)) + 3;
}
