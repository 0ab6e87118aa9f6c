import type { PublicName } from './public-name.ts';

/** The code of an `@example`, in a file of a program's own. */
export interface Example {
  /** Such as `@secondpass/core/answers checkCitations`. */
  readonly title: string;
  readonly folder: string;
  readonly code: string;
  /** Such as `core/013-checkCitations.ts`, from the project's folder. */
  readonly file: string;
}

/** Every example, as the docstrings have it. A name that two entries export counts once. */
export function examplesOf(names: readonly PublicName[]): readonly Example[] {
  return names.flatMap(({ folder, entry, name, examples }, index) =>
    examples.map((code, nth) => ({
      title: `${entry} ${name}`,
      folder,
      code: `${code.replace(/^```ts\n|\n```$/g, '')}\n`,
      file: `${folder}/${String(index).padStart(3, '0')}-${name}${nth === 0 ? '' : `-${nth + 1}`}.ts`,
    })),
  );
}

const shownValue = /^(.+?);? \/\/ → (.+)$/;

/** The values that an example says its expressions have, by line. */
export function statedValues(code: string): ReadonlyMap<number, string> {
  const lines = code.split('\n');
  return new Map(
    lines.flatMap((line, number) => {
      const [, , value] = shownValue.exec(line) ?? [];
      return value === undefined ? [] : [[number, value] as const];
    }),
  );
}

/** The example with each expression before `// →` handed to `showValue`, which the runner defines. */
export function withShownValues(code: string): string {
  return code
    .split('\n')
    .map((line, number) =>
      line.replace(shownValue, (_, expression) => `showValue(${number}, (${expression}));`),
    )
    .join('\n');
}
