import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Puts a text between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->` of a page in docs/. */
export function writeDocsSection(page: string, name: string, text: string): void {
  const file = fileURLToPath(new URL(`../docs/${page}`, import.meta.url));
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const before = readFileSync(file, 'utf8');
  const [from, to] = [before.indexOf(start), before.indexOf(end)];
  if (from === -1 || to === -1) throw new Error(`docs/${page} has no ${start} … ${end}.`);
  writeFileSync(file, `${before.slice(0, from)}${start}\n\n${text.trim()}\n\n${before.slice(to)}`);
}
