import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { readLockFile } from '../src/lock-file.ts';
import { openLockedModel } from '../src/open-locked-model.ts';
import { name, tinyBert, useHub } from './hub-fixture.ts';
import { sha256 } from './model-files.ts';

const fixture = useHub();
const script = fileURLToPath(new URL('add-in-process.ts', import.meta.url));

function addInProcess(model: string) {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, model, fixture.lockFile],
    {
      env: {
        PATH: process.env['PATH'],
        HF_ENDPOINT: fixture.hub.endpoint,
        HF_HOME: join(fixture.folder, 'huggingface'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  const begun = once(child.stdout, 'data');
  return { child, begun, ended };
}

test('several processes that add the same model download it once, and others are pinned beside it', async () => {
  fixture.hub.publish('someone/other', tinyBert);
  const names = [name, name, name, 'someone/other'];
  const started = names.map(addInProcess);
  // The file comes only once every process is at it, and has had time to ask for it too.
  let isHeld = false;
  fixture.hub.faults.push(({ where, url, response, content }) => {
    if (where !== 'cdn' || isHeld || !url.includes('tiny-bert')) return false;
    isHeld = true;
    Promise.all(started.map(({ begun }) => begun)).then(() => setTimeout(() => response.end(content), 300));
    return true;
  });
  const outcomes = await Promise.all(started.map(({ ended }) => ended));
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(outcomes.slice(0, 3).filter(({ output }) => output !== 'begins 0').length).toBe(1);
  expect(fixture.hub.countServed(/^cdn.*tiny-bert/)).toBe(1);
  expect(Object.keys(await readLockFile(fixture.lockFile))).toEqual(['someone/other', name]);
  await openLockedModel(name, fixture.pinned);
});

test('a process that is killed leaves what the next one goes on from', async () => {
  const graph = tinyBert['onnx/model.onnx']!;
  const half = graph.length >> 1;
  const blobs = join(fixture.settings.cacheDirectory, 'models--someone--tiny-bert/blobs');
  const part = join(blobs, `${sha256(graph)}.secondpass.incomplete`);
  let isFirst = true;
  const hanging = new Promise<void>((resolve) => {
    fixture.hub.faults.push(({ where, response }) => {
      if (where !== 'cdn' || !isFirst) return false;
      isFirst = false;
      response.writeHead(200, { 'content-length': graph.length });
      response.write(graph.subarray(0, half), () => resolve());
      return true;
    });
  });
  const { child, ended } = addInProcess(name);
  await hanging;
  while (!existsSync(part) || statSync(part).size < half)
    await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(fixture.lockFile)).toBe(false);
  // Its lock has ended with it: nothing waits for a lock to grow old.
  await fixture.add();
  const fromCdn = fixture.hub.served.filter(({ where }) => where === 'cdn');
  expect(fromCdn.map(({ headers }) => headers.range)).toEqual([undefined, `bytes=${half}-`]);
  expect(readFileSync(join(blobs, sha256(graph)))).toEqual(graph);
  expect(readdirSync(blobs).some((one) => one.includes('incomplete'))).toBe(false);
});
