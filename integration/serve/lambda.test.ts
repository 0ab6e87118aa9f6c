/** deploy/lambda/function.mjs in the image of deploy/Dockerfile, asked by Lambda's runtime API as its documentation describes it. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeEngine } from '../engines.ts';

jest.setTimeout(300_000);

const image = process.env['SERVE_IMAGE'] || 'secondpass-local/serve';
const program = fileURLToPath(new URL('../../deploy/lambda/function.mjs', import.meta.url));
const docker = async (...words: readonly string[]) =>
  (await promisify(execFile)('docker', [...words])).stdout.trim();
const found = await docker('image', 'inspect', '-f', '{{.Id}}', image).catch(() => undefined);

/** Lambda's side: gives out events, and notes what comes back. */
class RuntimeApi {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #answers = new Map<string, (answer: unknown) => void>();
  readonly #events: { readonly id: string; readonly event: unknown }[] = [];
  #waiting: ServerResponse | undefined;
  /** When the function first asked for work: the end of its cold start. */
  readonly ready = once(this.#server, 'first-next');

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  invoke(event: unknown): Promise<unknown> {
    const id = randomUUID();
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#events.push({ id, event });
      this.#give();
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id, kind] = /^\/2018-06-01\/runtime\/invocation\/([^/]+)(?:\/(\w+))?$/.exec(request.url!) ?? [];
    if (id === 'next') {
      this.#server.emit('first-next');
      this.#waiting = response;
      return this.#give();
    }
    this.#answers.get(id!)?.({ [kind!]: await json(request) });
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  }

  #give(): void {
    const next = this.#waiting && this.#events.shift();
    if (!next) return;
    this.#waiting!.setHeader('lambda-runtime-aws-request-id', next.id).end(JSON.stringify(next.event));
    this.#waiting = undefined;
  }
}

describeEngine('serve-image', found === undefined ? { notRun: `Docker has no image ${image}.` } : {}, () => {
  const name = `secondpass-test-${randomUUID().slice(0, 8)}`;
  const lambda = new RuntimeApi();
  beforeAll(async () => {
    const port = await lambda.listen();
    // As Lambda runs it: one core (that is 1769 MB there), nothing to write to but /tmp, a user without rights.
    await docker(
      ...['run', '--detach', '--name', name, '--network', 'host', '--read-only', '--tmpfs', '/tmp'],
      ...['--user', '993:990', '--cap-drop', 'ALL', '--cpus', '1', '--memory', '1769m'],
      ...['--env', `AWS_LAMBDA_RUNTIME_API=127.0.0.1:${port}`],
      ...['--volume', `${program}:/app/function.mjs:ro`, '--entrypoint', 'node', image, '/app/function.mjs'],
    );
    await lambda.ready;
  });
  afterAll(async () => {
    lambda.close();
    await docker('rm', '--force', '--volumes', name);
  });

  test('ranks passages, one event after the other', async () => {
    const passages = ['The harbor froze in 1929.', 'Yeast makes dough rise.', 'Salt slows yeast down.'];
    for (const query of ['why does bread rise', 'what does yeast do']) {
      const { response } = (await lambda.invoke({ query, passages })) as {
        response: { ranking: { index: number; score: number }[] };
      };
      expect(response.ranking.map(({ index }) => index)).toEqual([1, 2, 0]);
    }
  });

  test('an event that it cannot answer fails, and the next one is answered', async () => {
    expect(await lambda.invoke({ query: 7, passages: [] })).toEqual({
      error: { errorType: 'invalid-query', errorMessage: expect.stringContaining('query') },
    });
    expect(await lambda.invoke({ query: 'dough', passages: ['dough'] })).toMatchObject({
      response: { ranking: [{ index: 0 }] },
    });
  });
});
