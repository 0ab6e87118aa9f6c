/** A database server that the measurement runs against. */
export interface ScaleServer {
  /** With versions. */
  readonly name: string;
  readonly url: string;
  /** Processor time that the server has used since its start. */
  cpuSeconds(): Promise<number>;
  has(table: string): Promise<boolean>;
  drop(table: string): Promise<void>;
  bytesOf(table: string): Promise<Size>;
  /** Waits for what goes on after the writer's `finish`, such as merges. */
  settle(table: string): Promise<void>;
  stop(): Promise<void>;
}

export interface Size {
  /** All of it: rows, texts, vectors, every index. */
  readonly total: number;
  /** Only the vector index, where the engine tells. */
  readonly vectorIndex?: number;
  /** Elasticsearch's parts, each with a graph of its own. */
  readonly segments?: number;
}

/** How a server is started and what becomes of its data. */
export interface ServerOptions {
  /** Names the volume or folder of the data. */
  readonly store: string;
  /** Leaves the data where the next run finds them. */
  readonly keep: boolean;
}
