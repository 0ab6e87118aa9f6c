/**
 * Prints, as JSON, every name that the packages of this workspace export, with its docstring's examples:
 * `node integration/api-examples/list-public-names.ts [FOLDER…]`, such as `core`; all packages without. It reads the sources through the compiler's own interface, which is
 * marked as unstable; the exact version of `typescript` in package.json is what keeps it working.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  API,
  type Checker,
  SignatureKind,
  SymbolFlags,
  type Symbol as TypeScriptSymbol,
} from 'typescript/unstable/sync';
import type { PublicName } from './public-name.ts';

const root = join(import.meta.dirname, '../..');

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, { readonly types: string }>>;
}

function namesOfPackage(api: API, folder: string): readonly PublicName[] {
  const { name, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const config = join(folder, 'tsconfig.json');
  using snapshot = api.updateSnapshot({ openProjects: [config] });
  const { program, checker } = snapshot.getProject(config)!;
  return Object.entries(exports).flatMap(([path, { types }]) => {
    const source = join(folder, types.replace('/dist/', '/src/').replace(/\.d\.ts$/, '.ts'));
    const module = checker.getSymbolAtLocation(program.getSourceFile(source)!)!;
    return checker.getExportsOfModule(module).map((exported) => ({
      folder: basename(folder),
      entry: name + path.slice(1),
      ...describe(checker, exported),
    }));
  });
}

function describe(checker: Checker, exported: TypeScriptSymbol): Omit<PublicName, 'folder' | 'entry'> {
  const symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const examples = checker
    .getJsDocTagsOfSymbol(symbol)
    .filter((tag) => tag.name === 'example')
    .map(({ text = '' }) => text);
  const isDescribed = checker.getDocumentationCommentOfSymbol(symbol) !== '';
  return { name: exported.name, kind: kindOf(checker, symbol), isDescribed, examples };
}

function kindOf(checker: Checker, symbol: TypeScriptSymbol): PublicName['kind'] {
  if (symbol.flags & SymbolFlags.Class) return 'class';
  if (symbol.flags & SymbolFlags.Function) return 'function';
  if (!(symbol.flags & SymbolFlags.Variable)) return 'type';
  const type = checker.getTypeOfSymbol(symbol);
  return type && checker.getSignaturesOfType(type, SignatureKind.Call).length > 0 ? 'function' : 'value';
}

const api = new API({ cwd: root });
const asked = process.argv.slice(2);
const all = globSync('packages/*/package.json', { cwd: root }).map((file) => basename(dirname(file)));
const names = (asked.length > 0 ? asked : all.sort()).flatMap((folder) =>
  namesOfPackage(api, join(root, 'packages', folder)),
);
process.stdout.write(JSON.stringify(names));
api.close();
