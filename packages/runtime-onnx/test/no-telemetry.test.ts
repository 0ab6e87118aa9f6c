import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const tinyBert = fileURLToPath(new URL('../../core/test/models/goldens/tiny-bert', import.meta.url));
const core = new URL('../../core/dist/index.js', import.meta.url).href;

test('a run without CI in the environment leaves no file of the runtime, and no other name in its folders', async () => {
  const home = mkdtempSync(join(tmpdir(), 'no-telemetry-'));
  try {
    const script = `
      import { loadCrossEncoder } from ${JSON.stringify(core)};
      const model = await loadCrossEncoder(${JSON.stringify(tinyBert)}, { workers: 1 });
      await model.score({ query: 'bread', passages: ['yeast makes gas'] });
      await model.close();
      process.stdout.write(process.env.ORT_DISABLE_TELEMETRY ?? 'unset');`;
    const { CI: _, ORT_DISABLE_TELEMETRY: __, ...inherited } = process.env;
    const temporary = join(home, 'tmp');
    const environment = {
      ...inherited,
      HOME: home,
      XDG_CACHE_HOME: join(home, 'cache'),
      SECONDPASS_CACHE: join(home, 'own'),
      TMPDIR: temporary,
    };
    await promisify(execFile)('mkdir', [temporary]);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { env: environment },
    );
    expect(stdout).toBe('1');
    expect(readdirSync(home).sort()).toEqual(['own', 'tmp']);
    expect(readdirSync(temporary)).toEqual([]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
