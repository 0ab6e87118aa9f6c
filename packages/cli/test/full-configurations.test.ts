/** The configurations "with every key" in the READMEs of the adapters, read and opened as the command does. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { elasticFromConfig } from '@secondpass/adapter-elastic';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { qdrantFromConfig } from '@secondpass/adapter-qdrant';
import { readConfigFile } from '../src/config/config-file.ts';
import { Secrets } from '../src/secrets.ts';
import { documentedBlocks } from './documented-blocks.ts';
import { temporaryFolder } from './temporary-folder.ts';

const environment = {
  DATABASE_URL: 'postgres://app:secret@localhost:1/app',
  ELASTICSEARCH_API_KEY: 'c2VjcmV0',
  QDRANT_URL: 'http://localhost:1',
  QDRANT_API_KEY: 'secret',
};

/** A wrong key is refused with all that there are. */
const adapters: readonly [name: string, refuse: () => Promise<unknown>][] = [
  ['pgvector', () => pgvectorFromConfig({ nowhere: 1 } as never)],
  ['elastic', () => elasticFromConfig({ nowhere: 1 } as never)],
  ['qdrant', () => qdrantFromConfig({ nowhere: 1 } as never)],
];

test.each(adapters)(
  'the README of adapter-%s has every key, and its configuration opens',
  async (name, refuse) => {
    const block = documentedBlocks().find(
      ({ where, language }) => language === 'yaml' && where.startsWith(`packages/adapter-${name}/README.md:`),
    );
    const { nextStep } = (await refuse().catch((error: unknown) => error)) as { readonly nextStep: string };
    const keys = nextStep.replace(/^Use (.*), or leave it out\.$/, '$1').split(', ');
    expect(keys.length).toBeGreaterThan(20);
    const written = [...block!.text.matchAll(/^ {2}(?:# )?(\w+):/gm)].map(([, key]) => key!);
    expect(written.filter((key) => key !== 'adapter').sort()).toEqual([...keys].sort());

    const folder = temporaryFolder({ 'secondpass.config.yaml': block!.text });
    const secrets = new Secrets();
    const config = await readConfigFile(join(folder, 'secondpass.config.yaml'), { environment, secrets });
    const { source, close } = await config.adapter.open(config.source);
    expect(source).toMatchObject({ name: expect.any(String), input: 'hybrid' });
    await close();
  },
);
