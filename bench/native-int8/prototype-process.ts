import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The prototype's process, which runs once for each line that it is sent. */
export class PrototypeProcess {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** Operations per nanosecond of processor time of its own product, large and alone. */
  readonly peak: number;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, peak: number) {
    this.#process = child;
    this.#lines = lines;
    this.peak = peak;
  }

  static async start(program: string, options: readonly string[]): Promise<PrototypeProcess> {
    const child = spawn(program, options, {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    if (done) throw new Error('The prototype ended before it began: it needs AVX-512 VNNI.');
    return new PrototypeProcess(child, lines, Number(value));
  }

  /** Milliseconds of processor time of one run. */
  async run(): Promise<number> {
    this.#process.stdin!.write('\n');
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The prototype ended.');
    return Number(value.split(' ')[1]);
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.stdin!.end();
    await exited;
  }
}
