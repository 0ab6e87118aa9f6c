import type { LimitedShare } from './limited-share.ts';
import type { RunLog } from './run-log.ts';
import { type ServedProcess, startServed } from './served-process.ts';

/** Two servers behind a balancer: one stays, so that a leak has the time to show; the other is deployed again and again. */
export class ServerPair {
  readonly #start: (name: string) => Promise<ServedProcess>;
  readonly #log: RunLog;
  readonly #serving: ServedProcess[] = [];
  #versions = 0;

  private constructor(start: (name: string) => Promise<ServedProcess>, log: RunLog) {
    this.#start = start;
    this.#log = log;
  }

  static async start(options: { share: LimitedShare; config: string; log: RunLog }): Promise<ServerPair> {
    const { share, config, log } = options;
    const pair = new ServerPair((name) => startServed(name, { share, config, folder: log.folder }), log);
    pair.#serving.push(await pair.#watched('steady'), await pair.#nextVersion());
    return pair;
  }

  /** Those that take requests now. */
  get serving(): readonly ServedProcess[] {
    return this.#serving;
  }

  /** The new one starts, takes the requests over, and then the old one is told to end. */
  async deploy(): Promise<object> {
    const started = await this.#nextVersion();
    const [old] = this.#serving.splice(1, 1, started);
    const ended = await old!.drain();
    if (ended.exitCode !== 0) this.#log.failure({ what: 'a drained server', name: old!.name, ...ended });
    return { ended: old!.name, started: started.name, ...ended };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#serving.splice(0).map((one) => one.drain()));
  }

  #nextVersion(): Promise<ServedProcess> {
    this.#versions += 1;
    return this.#watched(`deployed-${this.#versions}`);
  }

  async #watched(name: string): Promise<ServedProcess> {
    const served = await this.#start(name);
    served.process.once('exit', (code, signal) => {
      if (this.#serving.includes(served))
        this.#log.failure({ what: 'a server ended by itself', name, code, signal });
    });
    return served;
  }
}
