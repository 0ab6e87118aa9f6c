/** The image of `deploy/Dockerfile`, run as it is meant to be: without rights, on a root that cannot be written. */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { describeEngine } from '../engines.ts';
import { passages, query } from '../reranker-remote/served-texts.ts';
import { freePort } from '../services/free-port.ts';

jest.setTimeout(300_000);

const named = process.env['SERVE_IMAGE'];
const image = named || 'secondpass-local/serve';
const key = 'sk-of-the-tests';
const docker = async (...words: readonly string[]) =>
  (await promisify(execFile)('docker', [...words])).stdout.trim();
const found = await docker('image', 'inspect', '-f', '{{.Size}}', image).catch(() => undefined);
if (named && found === undefined) throw new Error(`SERVE_IMAGE names ${named}, which Docker does not have.`);

describeEngine(
  'serve-image',
  found === undefined
    ? { notRun: `Docker has no image ${image}; services/serve/build-local-image.sh builds it.` }
    : { bytes: Number(found) },
  ({ bytes }) => {
    const name = `secondpass-test-${randomUUID().slice(0, 8)}`;
    let url: string;
    beforeAll(async () => {
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      const digest = createHash('sha256').update(key).digest('hex');
      await docker(
        ...['run', '--detach', '--name', name, '--read-only', '--cap-drop', 'ALL'],
        ...['--security-opt', 'no-new-privileges', '--publish', `127.0.0.1:${port}:8080`],
        ...['--env', `SECONDPASS_KEY_SHA256=${digest}`, image],
      );
      const until = Date.now() + 60_000;
      while (
        !(await fetch(`${url}/ready`).then(
          ({ ok }) => ok,
          () => false,
        ))
      ) {
        if (Date.now() > until) throw new Error(await docker('logs', name));
        await sleep(100);
      }
    });
    afterAll(() => docker('rm', '--force', '--volumes', name));

    test('is below 700 MB, and runs as nobody in particular', async () => {
      expect(bytes).toBeLessThan(700e6);
      expect(await docker('exec', name, 'node', '-p', 'process.getuid()')).toBe('10001');
      await expect(docker('exec', name, 'node', '-e', 'fs.writeFileSync("/cache/x", "")')).rejects.toThrow(
        /EROFS/,
      );
    });

    test('answers with the scores of the library', async () => {
      const answer = await fetch(`${url}/rerank`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ query, texts: passages }),
      });
      const reranker = await loadCrossEncoder(modelDirectory('small'));
      const scores = await reranker.score({ query, passages });
      await reranker.close();
      const read = (await answer.json()) as { index: number; score: number }[];
      expect(read).toHaveLength(passages.length);
      for (const { index, score } of read) expect(score).toBeCloseTo(scores[index]!.score, 5);
      expect((await fetch(`${url}/info`)).status).toBe(401);
    });

    test('ends in order when it is told to', async () => {
      await docker('stop', '--time', '30', name);
      expect(await docker('inspect', '-f', '{{.State.ExitCode}}', name)).toBe('0');
    });
  },
);
