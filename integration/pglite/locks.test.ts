import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { numberedDocuments } from './numbered-documents.ts';

const fill = join(import.meta.dirname, 'fill.ts');
/** Where the machine lets us, each process is number 1 of a container of its own. */
const namespace = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
const hasNamespaces = spawnSync(namespace[0]!, [...namespace.slice(1), 'true']).status === 0;
const launchers = [['plain processes', []], ...(hasNamespaces ? [['process 1 each', namespace]] : [])] as [
  string,
  string[],
][];

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'secondpass-'));
  directory = join(parent, 'database');
});

afterEach(() => rm(parent, { recursive: true, force: true }));

/** Fills the table; once it is full, keeps it open until standard input ends. */
function startFilling(launcher: readonly string[]) {
  const [program, ...flags] = [...launcher, process.execPath, fill, directory, 'and-hold'];
  const child = spawn(program!, flags, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, complaint, child }));
  const reached = async (documents: number) => {
    while (Number(output.trim().split('\n').at(-1)) < documents) await once(child.stdout, 'data');
  };
  return { child, ended, reached };
}

const refused = {
  code: 1,
  complaint: expect.stringContaining('is open already, in this process or another one'),
};

test.each(launchers)(
  'of three processes at once one writes, on a new directory and after a kill: %s',
  async (_, launcher) => {
    for (const killAt of [20, 400, undefined]) {
      const started = [1, 2, 3].map(() => startFilling(launcher));
      const first = await Promise.race(started.map(({ ended }) => ended));
      const others = started.filter(({ child }) => child !== first.child);
      const second = await Promise.race(others.map(({ ended }) => ended));
      expect([first, second]).toEqual([
        { ...refused, child: first.child },
        { ...refused, child: second.child },
      ]);
      const winner = others.find(({ child }) => child !== second.child)!;
      await winner.reached(killAt ?? numberedDocuments.length);
      // By now PostgreSQL has recovered from the kill before, and may have touched every file of its directory.
      expect(await startFilling(launcher).ended).toMatchObject(refused);
      await expect(pgvectorFromConfig({ directory, table: 'documents' })).rejects.toMatchObject({
        code: 'source-failed',
      });
      if (killAt === undefined) winner.child.stdin.end();
      else winner.child.kill('SIGKILL');
      expect(await winner.ended).toMatchObject(killAt === undefined ? { code: 0, complaint: '' } : {});
    }
    const opened = await pgvectorFromConfig({ directory, table: 'documents' });
    expect(await opened.writer.count()).toBe(numberedDocuments.length);
    const query = { text: '7', vector: Float32Array.of(Math.cos(0.007), Math.sin(0.007)) };
    expect(await opened.source.search({ query, depth: 2000 })).toHaveLength(2000);
    await opened.close();
  },
  180_000,
);
