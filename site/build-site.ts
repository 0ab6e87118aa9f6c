/**
 * Builds the documentation site into `site/dist`: `npm run docs` from the repository's root.
 *
 *     npm run docs -- --base /secondpass/   where the site does not stand at its host's root
 *     npm run docs -- --serve               then shows it at http://localhost:4173
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, serve } from 'vitepress';
import { writeApiReference } from './api-reference.ts';
import { writeChangelogPage } from './changelog-page.ts';
import { checkBuiltLinks } from './check-built-links.ts';

const { values } = parseArgs({
  options: { base: { type: 'string', default: '/' }, serve: { type: 'boolean' } },
});
const started = performance.now();
const root = import.meta.dirname;
const output = join(root, 'dist');

await writeChangelogPage();
await writeApiReference();
await build(root, { base: values.base });
const { pages, links, broken } = await checkBuiltLinks(output, values.base);
for (const line of broken) console.error(line);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `${pages} pages, ${links} links between them, ${broken.length} broken, in ${seconds} s: ${output}`,
);
if (broken.length > 0) process.exitCode = 1;
else if (values.serve) await serve({ root, base: values.base });
