import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment, PeerPackages } from './peer-packages.ts';
import type { Embedded, EmbedRequest, LoadRequest, Scored, ScoreRequest } from './processes/answer-lines.ts';

/** Longest time for one answer, in milliseconds: a peer that hangs must not hang the bench. */
const answerTimeoutMs = 300_000;

/** What a contender's process runs. */
export interface ContenderScript {
  readonly language: 'node' | 'python';
  /** Which of the environments of Python runs it; absent: the one that most contenders share. */
  readonly environment?: Environment | undefined;
  readonly file: URL;
  readonly arguments?: readonly string[];
}

interface Answers {
  readonly load: { readonly versions: Record<string, string> };
  readonly score: Scored;
  readonly prepare: object;
  readonly gap: { readonly longestGapMs: number };
  readonly embed: Embedded;
}

/** A contender's own long-lived process, held to as many cores as everybody else's. */
export class ContenderProcess {
  readonly #child: ChildProcess;
  readonly #errors: string[] = [];
  #pending: ((line: string | undefined) => void) | undefined;

  constructor(script: ContenderScript, cores: number, packages: PeerPackages) {
    const command = commandOf(script, packages);
    const limited = cannotLimit() ? command : ['taskset', '-c', `0-${cores - 1}`, ...command];
    const env = {
      ...process.env,
      OMP_NUM_THREADS: String(cores),
      SECONDPASS_BENCH_PACKAGES: 'folder' in packages.npm ? packages.npm.folder : '',
      PYTHONDONTWRITEBYTECODE: '1',
      HF_HUB_OFFLINE: '1',
      TOKENIZERS_PARALLELISM: 'true',
      // Peers bring versions of ONNX Runtime that send usage events.
      ORT_DISABLE_TELEMETRY: '1',
    };
    this.#child = spawn(limited[0]!, limited.slice(1), { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.#child.stderr!.on('data', (data: Buffer) => this.#errors.push(data.toString().slice(-400)));
    this.#child.stdin!.on('error', () => {});
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#settle(line));
    this.#child.once('error', (error) => this.#errors.push(error.message));
    this.#child.once('close', () => this.#settle(undefined));
  }

  load(request: LoadRequest): Promise<Answers['load']> {
    return this.#ask('load', request);
  }

  score(request: ScoreRequest): Promise<Answers['score']> {
    return this.#ask('score', request);
  }

  async prepare(request: ScoreRequest): Promise<void> {
    await this.#ask('prepare', request);
  }

  gap(request: ScoreRequest): Promise<Answers['gap']> {
    return this.#ask('gap', request);
  }

  embed(request: EmbedRequest): Promise<Answers['embed']> {
    return this.#ask('embed', request);
  }

  /** The most memory that the process has held since it began, in bytes; undefined where the system does not tell. */
  peakMemory(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)![1]) * 1024;
    } catch {
      return undefined;
    }
  }

  end(): void {
    this.#child.stdin!.end();
    this.#child.kill();
  }

  async #ask<C extends keyof Answers>(command: C, request: object): Promise<Answers[C]> {
    const line = await new Promise<string | undefined>((resolve) => {
      const timer = setTimeout(() => {
        this.#errors.push(`no answer to ${command} within ${answerTimeoutMs / 1000} s`);
        this.#child.kill('SIGKILL');
      }, answerTimeoutMs);
      this.#pending = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#settle(undefined);
      this.#child.stdin!.write(`${JSON.stringify({ command, ...request })}\n`);
    });
    if (line === undefined) {
      throw new Error(`its process ended: ${this.#errors.slice(-3).join(' ').trim().slice(-400)}`);
    }
    const answer = JSON.parse(line) as Answers[C] | { error: string };
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  #settle(line: string | undefined): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.(line);
  }
}

function commandOf(
  { language, environment = 'python', file, arguments: rest = [] }: ContenderScript,
  packages: PeerPackages,
): string[] {
  if (language === 'node') return [process.execPath, fileURLToPath(file), ...rest];
  const python = packages[environment];
  if ('missing' in python) throw new Error(python.missing);
  return [python.executable, fileURLToPath(file), ...rest];
}

/** taskset is Linux's; elsewhere a peer uses the cores that it likes, which only makes it faster. */
function cannotLimit(): boolean {
  return spawnSync('taskset', ['--version']).status !== 0;
}
