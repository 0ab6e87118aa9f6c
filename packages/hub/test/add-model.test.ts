import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { downloadFileToCacheDir, scanCacheDir } from '@huggingface/hub';
import { describe, expect, test } from '@jest/globals';
import { loadCrossEncoder } from '@secondpass/core';
import { openLockedModel } from '../src/open-locked-model.ts';
import { removeModel } from '../src/remove-model.ts';
import { verifyModels } from '../src/verify-models.ts';
import { goldens, name, tinyBert, token, useHub } from './hub-fixture.ts';
import { sha256 } from './model-files.ts';

const fixture = useHub();
const extras = {
  ...tinyBert,
  'README.md': '# tiny',
  'model.safetensors': 'weights',
  'onnx/model_quint8_avx2.onnx': tinyBert['onnx/model.onnx']!,
  'onnx/model_qint8_arm64.onnx': tinyBert['onnx/model.onnx']!,
  'onnx/model.onnx_data': 'outside',
  '1_Pooling/config.json': '{}',
  'modules.json': '[]',
};

describe('adding a model', () => {
  test('leaves the usual layout, pins what came, and the model scores as the one it was made from', async () => {
    const progress: number[] = [];
    const added = await fixture.add(name, { onProgress: ({ doneBytes }) => progress.push(doneBytes) });
    const repository = join(fixture.settings.cacheDirectory, 'models--someone--tiny-bert');
    expect(added).toMatchObject({ name, revision: 'main', commit: fixture.commit, files: 4 });
    expect(added.directory).toBe(join(repository, 'snapshots', fixture.commit));
    expect(progress.at(-1)).toBe(added.bytes);
    expect(readFileSync(join(repository, 'refs/main'), 'utf8')).toBe(fixture.commit);
    const graph = tinyBert['onnx/model.onnx']!;
    expect(readlinkSync(join(added.directory, 'onnx/model.onnx'))).toBe(`../../../blobs/${sha256(graph)}`);
    const locked = JSON.parse(readFileSync(fixture.lockFile, 'utf8'));
    expect(locked.models[name].files['onnx/model.onnx']).toEqual({
      sha256: sha256(graph),
      bytes: graph.length,
    });

    const directory = await openLockedModel(name, fixture.pinned);
    const request = { query: 'what is it', passages: ['a thing', 'another thing'] };
    const scores = await Promise.all(
      [directory, join(goldens, 'tiny-bert')].map(async (one) => {
        const reranker = await loadCrossEncoder(one, { workers: 1 });
        return reranker.score(request).finally(() => reranker.close());
      }),
    );
    expect(scores[0]).toEqual(scores[1]);
  });

  test('never sends the token to the host that it is redirected to', async () => {
    await fixture.add();
    const at = (where: string) => fixture.hub.served.filter((one) => one.where === where);
    expect(at('hub').every(({ headers }) => headers.authorization === `Bearer ${token}`)).toBe(true);
    expect(at('cdn').length).toBeGreaterThan(0);
    expect(at('cdn').some(({ headers }) => 'authorization' in headers)).toBe(false);
  });

  test('fetches what is needed, page by page, and nothing else', async () => {
    fixture.hub.publish(name, extras);
    fixture.hub.pageSize = 3;
    const { directory } = await fixture.add();
    expect(existsSync(join(directory, 'onnx/model.onnx_data'))).toBe(true);
    expect(existsSync(join(directory, '1_Pooling/config.json'))).toBe(true);
    for (const path of ['README.md', 'model.safetensors', 'onnx/model_quint8_avx2.onnx'])
      expect(existsSync(join(directory, path))).toBe(false);
  });

  test('gives an int8 graph the name that core looks for, without a new name in the snapshot', async () => {
    const commit = fixture.hub.publish(name, extras);
    const { directory } = await fixture.add(name, { precision: 'int8' });
    const snapshot = join(fixture.settings.cacheDirectory, 'models--someone--tiny-bert/snapshots', commit);
    expect(directory).not.toBe(snapshot);
    expect(existsSync(join(snapshot, 'onnx/model_quantized.onnx'))).toBe(false);
    const reranker = await loadCrossEncoder(directory, { workers: 1, precision: 'int8' });
    await reranker.close();
  });

  test('a graph at the root, with its external data, is found too', async () => {
    const { 'onnx/model.onnx': graph, ...others } = tinyBert;
    fixture.hub.publish(name, { ...others, 'model.onnx': graph!, 'model.onnx_data': 'outside' });
    const { directory } = await fixture.add();
    expect(readFileSync(join(directory, 'onnx/model.onnx_data'), 'utf8')).toBe('outside');
    expect(readFileSync(join(directory, 'onnx/model.onnx'))).toEqual(graph);
    await expect(openLockedModel(name, fixture.pinned)).resolves.toBe(directory);
  });

  test('uses what the cache has, and fetches again what was altered there', async () => {
    const { directory } = await fixture.add();
    const before = fixture.hub.served.length;
    await expect(fixture.add()).resolves.toMatchObject({ fetchedBytes: 0 });
    expect(fixture.hub.served.length).toBe(before);
    rmSync(dirname(fixture.lockFile), { recursive: true });
    await expect(fixture.add()).resolves.toMatchObject({ fetchedBytes: 0 });
    writeFileSync(join(directory, 'onnx/model.onnx'), 'altered');
    await expect(openLockedModel(name, fixture.pinned)).rejects.toMatchObject({ code: 'model-damaged' });
    expect((await verifyModels(undefined, fixture.pinned))[0]!.intact).toBe(false);
    await fixture.add();
    expect((await verifyModels(name, fixture.pinned))[0]!.intact).toBe(true);
  });

  test('a pin stays when main moves, until a revision is named', async () => {
    await fixture.add();
    const later = fixture.hub.publish(name, { ...tinyBert, 'config.json': `${tinyBert['config.json']} ` });
    await expect(fixture.add()).resolves.toMatchObject({ commit: fixture.commit });
    await expect(fixture.add(`${name}@main`)).resolves.toMatchObject({ commit: later });
    await expect(openLockedModel(`${name}@${fixture.commit}`, fixture.pinned)).rejects.toThrow(
      /pins revision main/,
    );
  });

  test('offline takes what the cache has, and names what it lacks', async () => {
    const offline = { ...fixture.settings, offline: true };
    await expect(fixture.add(name, { settings: offline })).rejects.toThrow(
      /not in the cache.*HF_HUB_OFFLINE/,
    );
    await fixture.add();
    rmSync(dirname(fixture.lockFile), { recursive: true });
    const before = fixture.hub.served.length;
    await expect(fixture.add(name, { settings: offline })).resolves.toMatchObject({ commit: fixture.commit });
    expect(fixture.hub.served.length).toBe(before);
  });

  test('copies where links cannot be made are used as they are', async () => {
    const { directory } = await fixture.add();
    const graph = join(directory, 'onnx/model.onnx');
    const content = readFileSync(graph);
    rmSync(graph);
    writeFileSync(graph, content);
    expect(lstatSync(graph).isSymbolicLink()).toBe(false);
    await expect(openLockedModel(name, fixture.pinned)).resolves.toBe(directory);
    await expect(fixture.add(`${name}@main`)).resolves.toMatchObject({ fetchedBytes: 0 });
  });

  test('says what weights there are when there is no graph, and how to export one', async () => {
    fixture.hub.publish(name, { 'config.json': '{}', 'tokenizer.json': '{}', 'model.safetensors': 'w' });
    const failure = expect(fixture.add()).rejects;
    await failure.toMatchObject({
      code: 'model-unsupported',
      problem: expect.stringContaining('model.safetensors'),
    });
    await expect(fixture.add()).rejects.toThrow(/backend="onnx"/);
    expect(existsSync(fixture.lockFile)).toBe(false);
  });

  test("Hugging Face's own library takes the model from the cache", async () => {
    await fixture.add();
    const { cacheDirectory: cacheDir, endpoint: hubUrl } = fixture.settings;
    const { repos, warnings } = await scanCacheDir(cacheDir);
    expect(warnings).toEqual([]);
    expect(repos).toMatchObject([{ id: { name, type: 'model' } }]);
    expect(repos[0]!.revisions).toMatchObject([{ commitOid: fixture.commit, refs: ['main'] }]);
    const before = fixture.hub.served.length;
    const file = { repo: name, path: 'onnx/model.onnx', revision: fixture.commit };
    const path = await downloadFileToCacheDir({ ...file, cacheDir, hubUrl });
    expect(readFileSync(path)).toEqual(tinyBert['onnx/model.onnx']);
    expect(fixture.hub.served.length).toBe(before);
  });
});

describe('removing a model', () => {
  test('leaves the cache alone, unless it is to be purged; what others put there stays then too', async () => {
    const { directory } = await fixture.add();
    await removeModel(name, fixture.pinned);
    expect(existsSync(join(directory, 'onnx/model.onnx'))).toBe(true);
    await expect(openLockedModel(name, fixture.pinned)).rejects.toThrow(
      /secondpass models add someone\/tiny-bert/,
    );
    await fixture.add();
    mkdirSync(join(directory, 'other'));
    writeFileSync(join(directory, 'other', 'file.bin'), 'of somebody else');
    await removeModel(name, { ...fixture.pinned, purge: true });
    expect(existsSync(join(directory, 'onnx'))).toBe(false);
    expect(existsSync(join(directory, 'other/file.bin'))).toBe(true);
    await expect(fixture.add()).resolves.toMatchObject({ fetchedBytes: expect.any(Number) });
  });
});
