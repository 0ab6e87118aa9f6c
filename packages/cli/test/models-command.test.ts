import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeHub } from '../../hub/test/fake-hub.ts';
import { filesOf } from '../../hub/test/model-files.ts';
import { readConfigFile } from '../src/config/config-file.ts';
import { openReranker } from '../src/pipeline.ts';
import { Secrets } from '../src/secrets.ts';
import { type Outcome, runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const tinyBert = filesOf(fileURLToPath(new URL('../../core/test/models/goldens/tiny-bert', import.meta.url)));
const name = 'someone/tiny-bert';
const documents = 'Bananas are yellow.\nParis is the capital of France.\n';

let hub: FakeHub;
let folder: string;
let environment: Record<string, string>;

beforeEach(async () => {
  hub = await FakeHub.start();
  hub.publish(name, tinyBert);
  folder = temporaryFolder({ 'lines.txt': documents });
  environment = {
    HF_ENDPOINT: hub.endpoint,
    HF_HOME: join(folder, 'huggingface'),
    HF_TOKEN: 'hf_a-token-nobody-may-see',
  };
});
afterEach(() => hub.close());

const run = (...flags: string[]): Promise<Outcome> => runCommand(flags, { folder, environment });

describe('models', () => {
  test('adds, lists and verifies a model; rerank then takes it by its name, without a hub', async () => {
    const added = await run('models', 'add', name, '--json');
    expect({ code: added.code, stderr: added.stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^Fetching/),
    });
    const answer = JSON.parse(added.stdout);
    expect(answer.lockFile).toBe(join(folder, 'secondpass.lock.json'));
    expect(answer.models).toMatchObject([{ name, revision: 'main', files: 4 }]);

    const listed = JSON.parse((await run('models', 'list', '--json')).stdout);
    expect(listed.models).toMatchObject([{ name, graphs: { fp32: 'onnx/model.onnx' }, files: 4 }]);
    const verified = await run('models', 'verify', '--json');
    expect(JSON.parse(verified.stdout)).toMatchObject({ intact: true, models: [{ name, intact: true }] });

    await hub.close();
    const ranked = await run(
      'rerank',
      '--model',
      name,
      '--query',
      'capital of France',
      '--documents',
      'lines.txt',
    );
    expect(ranked.code).toBe(0);
    expect(JSON.parse(ranked.stdout)).toMatchObject({ model: name, results: [{ rank: 1 }, { rank: 2 }] });

    const graph = join(answer.models[0].directory, 'onnx/model.onnx');
    writeFileSync(graph, readFileSync(graph).fill(0, 0, 1));
    const altered = await run('models', 'verify', name);
    expect(altered).toMatchObject({ code: 1, stdout: expect.stringMatching(/onnx\/model\.onnx is altered/) });
  });

  test('a configuration takes the name too; what is not pinned is an error that says what to run', async () => {
    const config = join(folder, 'secondpass.config.yaml');
    writeFileSync(
      config,
      `source: { adapter: pgvector, directory: data, table: t }\nreranker: { model: ${name} }\n`,
    );
    const unknown = await run('rerank', '--model', name, '--query', 'q', '--documents', 'lines.txt');
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/secondpass models add someone\/tiny-bert/),
    });
    const added = await run('models', 'add', name, '--config', config);
    expect(added.stdout).toMatch(/^someone\/tiny-bert {2}main = [0-9a-f]{12} {2}4 files/);
    const variable = process.env['HF_HOME'];
    process.env['HF_HOME'] = environment['HF_HOME'];
    try {
      const reranker = await openReranker(
        await readConfigFile(config, { environment: {}, secrets: new Secrets() }),
      );
      expect(reranker.name).toBe(name);
      await reranker.close();
    } finally {
      if (variable === undefined) delete process.env['HF_HOME'];
      else process.env['HF_HOME'] = variable;
    }
  });

  test('add without a name fetches what is pinned, as on another machine; remove takes it out', async () => {
    await run('models', 'add', name);
    environment['HF_HOME'] = join(folder, 'another-machine');
    hub.publish(name, { ...tinyBert, 'config.json': '{}' });
    expect((await run('models', 'verify')).stdout).toMatch(/is missing/);
    expect((await run('models', 'add')).code).toBe(0);
    expect((await run('models', 'remove', name, '--purge')).code).toBe(0);
    expect((await run('models', 'remove', name)).stderr).toMatch(/is not in/);
  });

  test('misuse and failures end with a message, a code, and no token', async () => {
    const misuses = [[], ['a b'], [name, '--precision', 'fp8']].map((flags) =>
      run('models', 'add', ...flags),
    );
    const outcomes = await Promise.all(misuses);
    expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(outcomes[0]!.stderr).toMatch(/No model is given/);
    hub.faults.push(({ response }) => {
      response.writeHead(403, { 'x-error-code': 'GatedRepo' }).end();
      return true;
    });
    const { code, stderr } = await run('models', 'add', name, '--json');
    expect({ code, error: JSON.parse(stderr).error.code }).toEqual({ code: 1, error: 'hub-refused' });
    expect(stderr).not.toMatch(/hf_/);
  });
});
