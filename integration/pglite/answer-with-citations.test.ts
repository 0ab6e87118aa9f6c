import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const program = join(import.meta.dirname, '../../examples/answer-with-citations/answer.ts');

/** A database and two models start, on a machine that may be busy with other tests. */
const patienceMs = 180_000;

interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** Stands in for a model: it repeats a sentence of the passage that speaks of gluten, cites it, and makes things up. */
let stub: Server;
const asked: ChatRequest[] = [];

beforeAll(async () => {
  stub = createServer(async (request, response) => {
    const body = (await json(request)) as ChatRequest;
    asked.push(body);
    const prompt = body.messages.at(-1)!.content;
    const [, number] = /\[(\d+)\][^[]*?Gluten holds/.exec(prompt) ?? [];
    const content =
      `Gluten holds the gas in, and so the dough rises [${number}]. ` +
      `Marzipan needs almonds from Sicily [${number}]. It is easy. Ask a baker [77].`;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        id: 'stub',
        object: 'chat.completion',
        created: 0,
        model: body.model,
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
    );
  });
  stub.listen(0, '127.0.0.1');
  await once(stub, 'listening');
});

afterAll(() => {
  stub.closeAllConnections();
  stub.close();
});

test(
  'the example answers from an embedded PostgreSQL and finds what its model made up',
  async () => {
    const child = spawn(process.execPath, [program, 'Why does dough rise?'], {
      timeout: patienceMs,
      env: {
        ...process.env,
        LLM_URL: `http://127.0.0.1:${(stub.address() as AddressInfo).port}/v1`,
        LLM_MODEL: 'stub',
        LLM_API_KEY: 'no-secret',
      },
    });
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });

    const [{ model, messages }] = asked as [ChatRequest];
    expect(model).toBe('stub');
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user']);
    const prompt = messages[1]!.content;
    expect(prompt).toMatch(/^\[1\] Bread at home\n> /);
    expect(prompt).toMatch(/\n\nQuestion: Why does dough rise\?$/);
    // The overlap of neighboring passages is there once.
    expect(prompt.match(/Gluten holds that gas in/g)).toHaveLength(1);

    const [, number] = /the dough rises \[(\d+)\]/.exec(output)!;
    expect(output).toMatch(
      new RegExp(`\\[${number}\\] Bread at home: bread-at-home#1, .*\\(0\\.\\d\\d\\)\\n`),
    );
    expect(output).toContain('warning: [77] is no passage.');
    expect(output).toContain('warning: without a citation: It is easy.');
    expect(output).toMatch(/warning: hardly in what it cites \(0\.00\): Marzipan/);
    expect(output).not.toMatch(/hardly in what it cites .*Gluten/);
  },
  patienceMs,
);
