#!/usr/bin/env node
/**
 * The public API of every entry as text, by API Extractor from the built types: `api/<package>.api.md`, and
 * `api/<package>-<entry>.api.md`. Without an argument it fails where these files differ from the types; `--update` writes them.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const committed = join(root, 'api');
const fresh = mkdtempSync(join(tmpdir(), 'secondpass-api-'));

/** Where API Extractor's own TypeScript finds what the built types name. */
const compilerOptions = {
  target: 'es2022',
  lib: ['es2024', 'esnext.disposable'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  strict: true,
  skipLibCheck: true,
  types: ['node'],
  typeRoots: [join(root, 'node_modules', '@types')],
  noEmit: true,
};

/** One for each entry that a `package.json` exports. */
function configurations() {
  return globSync('packages/*/package.json', { cwd: root })
    .sort()
    .flatMap((path) => {
      const projectFolder = join(root, dirname(path));
      const { exports } = JSON.parse(readFileSync(join(root, path), 'utf8'));
      return Object.entries(exports).map(([entry, { types }]) => {
        const name = [basename(projectFolder), ...(entry === '.' ? [] : [basename(entry)])].join('-');
        return configuration(projectFolder, join(projectFolder, types), name);
      });
    });
}

function configuration(projectFolder, types, name) {
  const quiet = { default: { logLevel: 'none' } };
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder,
      mainEntryPointFilePath: types,
      newlineKind: 'lf',
      compiler: { overrideTsconfig: { compilerOptions, files: [types] } },
      apiReport: {
        enabled: true,
        // A type that an exported one names is public in fact, exported or not.
        includeForgottenExports: true,
        reportFileName: `${name}.api.md`,
        reportFolder: fresh,
        reportTempFolder: join(fresh, 'temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      // A type that is not found would be `any` in the report.
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: quiet,
        tsdocMessageReporting: quiet,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(projectFolder, 'package.json'),
  });
}

/** Writes the report of each entry into `fresh`; says how many there are. */
function writeReports() {
  const all = configurations();
  mkdirSync(join(fresh, 'temp'));
  // One program for all entries: types that several of them share are read once.
  const additionalEntryPoints = all.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath);
  const compilerState = CompilerState.create(all[0], { additionalEntryPoints });
  for (const one of all) {
    const messageCallback = (message) => {
      if (message.logLevel === 'error') process.stderr.write(`${message.text}\n`);
      message.handled = true;
    };
    const { errorCount } = Extractor.invoke(one, { localBuild: true, compilerState, messageCallback });
    if (errorCount > 0) throw new Error(`The types of ${one.mainEntryPointFilePath} have errors.`);
    // Whether something has a docstring is no part of the API.
    const text = readFileSync(one.reportFilePath, 'utf8').replace(
      /^ *\/\/ \(undocumented\)\n| \(undocumented\)$/gm,
      '',
    );
    writeFileSync(one.reportFilePath, text);
  }
  rmSync(join(fresh, 'temp'), { recursive: true });
  return all.length;
}

try {
  const count = writeReports();
  // git shows what a reviewer will see; it ends with 1 where the folders differ.
  const diff = ['diff', '--no-index', '--no-prefix', committed, fresh];
  mkdirSync(committed, { recursive: true });
  const { status, stdout } = spawnSync('git', diff, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0 && process.argv.includes('--update')) {
    rmSync(committed, { recursive: true });
    mkdirSync(committed);
    for (const name of globSync('*.md', { cwd: fresh }))
      writeFileSync(join(committed, name), readFileSync(join(fresh, name)));
    process.stdout.write(`Wrote the API of ${count} entries to api/.\n`);
  } else if (status !== 0) {
    process.stdout.write(
      `${stdout}\nThe public API is not the one in api/. If that is meant: npx -y pnpm@12 run api:update\n`,
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
