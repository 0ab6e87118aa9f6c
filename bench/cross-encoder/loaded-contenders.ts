import { homedir } from 'node:os';
import type { Precision } from '@secondpass/core';
import type { ShapeName } from './bench-options.ts';
import { ContenderProcess, type ContenderScript } from './contender-process.ts';
import type { Contender } from './contenders.ts';
import { shapeDirectory } from './generated-files.ts';
import type { PeerPackages } from './peer-packages.ts';

/** The contenders' processes, each with one model at a time. A failure takes its contender out and is kept as a reason. */
export class LoadedContenders {
  /** Why a contender did not run, by name; with the shape and precision where it failed on these only. */
  readonly notRun = new Map<string, string>();
  readonly versions: Record<string, Record<string, string>> = {};
  readonly #processes = new Map<string, ContenderProcess>();
  readonly #loaded = new Map<string, string>();
  readonly #cores: number;
  readonly #packages: PeerPackages;

  constructor(cores: number, packages: PeerPackages) {
    this.#cores = cores;
    this.#packages = packages;
  }

  /** Loads the model in the contender's process, which is started where it does not run yet. */
  async process(
    contender: Contender,
    shape: ShapeName,
    precision: Precision,
  ): Promise<ContenderProcess | undefined> {
    const { process: name } = contender;
    const model = `${shape} ${precision}`;
    try {
      const process =
        this.#processes.get(name) ?? new ContenderProcess(scriptOf(contender), this.#cores, this.#packages);
      this.#processes.set(name, process);
      if (this.#loaded.get(name) !== model) {
        const directory = shapeDirectory(shape);
        const { versions } = await process.load({ directory, precision, threads: this.#cores });
        this.versions[name] = versions;
        this.#loaded.set(name, model);
      }
      return process;
    } catch (error) {
      this.fail(contender, `${model}`, error);
      return undefined;
    }
  }

  fail(contender: Contender, place: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    // The reasons are published with the figures.
    this.notRun.set(`${contender.name}, ${place}`, message.replaceAll(homedir(), '~'));
    this.#loaded.delete(contender.process);
    this.#processes.get(contender.process)?.end();
    this.#processes.delete(contender.process);
  }

  end(): void {
    for (const process of this.#processes.values()) process.end();
  }
}

function scriptOf({ process: name, language, environment }: Contender): ContenderScript {
  return language === 'node'
    ? { language, file: new URL(`./processes/${name}.ts`, import.meta.url) }
    : {
        language,
        environment,
        file: new URL('./python/answer_lines.py', import.meta.url),
        arguments: [name],
      };
}
