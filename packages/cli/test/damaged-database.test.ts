import { cpSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const config = 'source: { adapter: pgvector, directory: ./db, table: notes }\n';
const mostMs = 40_000;

const damages: readonly [string, (database: string) => void][] = [
  ['a control file that is cut', (database) => truncateSync(join(database, 'global/pg_control'), 100)],
  [
    'a control file of something else',
    (database) => writeFileSync(join(database, 'global/pg_control'), 'x'.repeat(8192)),
  ],
  ['another version', (database) => writeFileSync(join(database, 'PG_VERSION'), '9.6\n')],
  ['no tables', (database) => rmSync(join(database, 'base'), { recursive: true })],
  [
    'settings that are none',
    (database) => writeFileSync(join(database, 'postgresql.conf'), 'this ( is none\n'),
  ],
  [
    'a log of garbage',
    (database) => {
      for (const name of readdirSync(join(database, 'pg_wal'))) {
        const file = join(database, 'pg_wal', name);
        if (statSync(file).isFile()) writeFileSync(file, Buffer.alloc(8192, 7));
      }
    },
  ],
];

describe('a damaged embedded database', () => {
  test('is told as such, and every command ends', async () => {
    const folder = temporaryFolder({ 'c.yaml': config, 'notes.jsonl': '{"id":"a","text":"A note."}\n' });
    const index = ['index', '--config', 'c.yaml', '--corpus', 'notes.jsonl'];
    expect(await runCommand(index, { folder })).toMatchObject({ code: 0 });
    const commands = [
      index,
      ['search', '--config', 'c.yaml', '--query', 'x'],
      ['doctor', '--config', 'c.yaml'],
    ];
    cpSync(join(folder, 'db'), join(folder, 'sound'), { recursive: true });
    for (const [number, [damage, damageIt]] of damages.entries()) {
      rmSync(join(folder, 'db'), { recursive: true });
      cpSync(join(folder, 'sound'), join(folder, 'db'), { recursive: true });
      damageIt(join(folder, 'db'));
      const started = performance.now();
      const { code, stdout, stderr } = await runCommand(commands[number % commands.length]!, { folder });
      const told = (stdout + stderr).includes('does not open');
      expect({ damage, code, told }).toEqual({ damage, code: 1, told: true });
      expect(performance.now() - started).toBeLessThan(mostMs);
    }
  }, 300_000);

  test('a folder of other files is not made a database', async () => {
    const folder = temporaryFolder({
      'c.yaml': config,
      'db/letter.txt': 'Dear reader',
      'n.jsonl': '{"id":"a","text":"A."}\n',
    });
    const { code, stderr } = await runCommand(['index', '--config', 'c.yaml', '--corpus', 'n.jsonl'], {
      folder,
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('PG_VERSION is missing') });
    expect(readdirSync(join(folder, 'db'))).toEqual(['letter.txt']);
  });
});

test('a library that leaves something open does not keep the process', async () => {
  const folder = temporaryFolder({ 'left-open.mjs': 'setInterval(() => {}, 1000);' });
  const environment = { NODE_OPTIONS: `--import=${join(folder, 'left-open.mjs')}` };
  const outcome = await runCommand(['search', '--config', 'gone.yaml', '--query', 'x'], {
    folder,
    environment,
  });
  expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('gone.yaml') });
});
