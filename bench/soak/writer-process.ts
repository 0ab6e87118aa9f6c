import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Change, ChangingDocuments } from './changing-documents.ts';
import type { LimitedShare } from './limited-share.ts';
import type { RunLog } from './run-log.ts';
import { sampler } from './served-process.ts';
import type { SoakSources } from './soak-configs.ts';
import type { KnownDocument } from './truth.ts';

export interface WriterProcess {
  readonly pid: number;
  /** What it has told of so far. */
  readonly documents: ChangingDocuments;
  stop(): Promise<void>;
}

interface WriterOptions {
  readonly share: LimitedShare;
  readonly sources: SoakSources;
  readonly pool: readonly KnownDocument[];
  /** Documents of each source that are there at a time. */
  readonly live: number;
  readonly log: RunLog;
}

/** A process that adds and deletes documents in both engines all the time. */
export function startWriter({ share, sources, pool, live, log }: WriterOptions): WriterProcess {
  const task = join(log.folder, 'writer.json');
  const documents = pool.map(({ text, vector }, index) => ({ text, vector: [...vector], index }));
  writeFileSync(task, JSON.stringify({ sources, live, pauseMs: 3_000, pool: documents }));
  const writer = fork(fileURLToPath(new URL('./index-writer.mjs', import.meta.url)), [task], {
    execArgv: ['--import', sampler],
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      SOAK_SAMPLES: join(log.folder, 'memory.jsonl'),
      SOAK_ROLE: 'writer',
    },
  });
  share.take(writer.pid!);
  let isOver = false;
  writer.once('exit', (code) => {
    if (!isOver) log.failure({ what: 'the writer ended by itself', code });
  });
  const changing = new ChangingDocuments();
  writer.on('message', (change: Change & { ms?: number; code?: string; error?: string }) => {
    changing.note(change);
    const { at, source, action, ids, phase, ms = 0, code, error } = change;
    if (phase === 'begin') return;
    if (phase === 'failed' && code === undefined)
      log.failure({ what: 'the writer, without a code', source, error });
    const failed = phase === 'failed' && { code: code ?? 'untyped' };
    log.write({ at, source, action, documents: ids.length, ms: Math.round(ms), ...failed });
  });
  const forget = setInterval(() => changing.forgetBefore(Date.now() - 300_000), 60_000);
  return {
    pid: writer.pid!,
    documents: changing,
    async stop() {
      isOver = true;
      clearInterval(forget);
      const exited = once(writer, 'exit');
      writer.disconnect();
      await exited;
    },
  };
}
