import { RetrievalError } from '@secondpass/core';
import { compactInteger } from '@secondpass/core/extend';
import { isNode, LineCounter, parseDocument, visit } from 'yaml';

export interface ParsedConfig {
  readonly value: unknown;
  /** The line that a key stands on. */
  readonly lineOf: (path: readonly string[]) => number | undefined;
}

/** YAML, and JSON, which is YAML to the parser: so both have line numbers. */
export function parseConfigText(text: string, file: string): ParsedConfig {
  const lines = new LineCounter();
  const document = parse();
  const error = document.errors[0];
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new RetrievalError({
      code: 'invalid-config',
      origin: `${file}:${line}:${col}`,
      problem: `The file cannot be parsed: ${error.message.replace(/\.?$/, '.')}`,
      nextStep: /\{[^}]*[^"'{]\$\{/.test(text)
        ? `Inside { … } a variable has to be quoted: "\${NAME}".`
        : 'Correct the line; keys and values are written `key: value`.',
      cause: error,
    });
  }
  return {
    value: toValue(),
    lineOf: (path) => {
      // The deepest part that is there: a missing key has no line of its own.
      for (let length = path.length; length > 0; length -= 1) {
        const node = document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
      }
      return undefined;
    },
  };

  function parse(): ReturnType<typeof parseDocument> {
    try {
      const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, intAsBigInt: true });
      visit(parsed, {
        Scalar(_, node) {
          // What a number would round stays a bigint, which a setting refuses as it refuses a string.
          if (typeof node.value === 'bigint') node.value = compactInteger(node.value);
        },
      });
      return parsed;
    } catch (error) {
      // The parser calls itself for each level.
      throw unreadable(error, 'Write fewer lists and blocks inside each other.');
    }
  }

  function unreadable(error: unknown, nextStep: string): RetrievalError {
    return new RetrievalError({
      code: 'invalid-config',
      origin: file,
      problem: `The file cannot be read: ${(error as Error).message}.`,
      nextStep,
      cause: error,
    });
  }

  function toValue(): unknown {
    try {
      return document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      throw unreadable(error, 'Write the values out instead of using aliases.');
    }
  }
}
