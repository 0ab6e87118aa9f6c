import type { StoredTokenVectors, TokenVectorStore } from '@secondpass/core/extend';

/** A store that counts what is asked of it. */
export class InMemoryStore implements TokenVectorStore {
  readonly name = 'in-memory';
  readonly entries = new Map<string, StoredTokenVectors>();
  reads = 0;
  closed = false;

  async get(ids: readonly string[]): Promise<ReadonlyMap<string, StoredTokenVectors>> {
    this.reads += 1;
    const found = ids.map((id) => this.entries.get(id)).filter((entry) => entry !== undefined);
    return new Map(found.map((entry) => [entry.id, entry]));
  }

  async digests(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map([...(await this.get(ids))].map(([id, { digest }]) => [id, digest]));
  }

  async put(entries: readonly StoredTokenVectors[]): Promise<void> {
    for (const entry of entries) this.entries.set(entry.id, entry);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
