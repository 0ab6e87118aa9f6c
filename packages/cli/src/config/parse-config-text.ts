import { RetrievalError } from '@secondpass/core';
import { compactInteger } from '@secondpass/core/extend';
import { isNode, LineCounter, parseDocument, visit } from 'yaml';

export interface ParsedConfig {
  readonly value: unknown;
  /** The line of a key. */
  readonly lineOf: (path: readonly string[]) => number | undefined;
}

/** Parses YAML and JSON. The parser reads JSON as YAML, so both have line numbers. */
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
        ? `Inside { … } a variable must be quoted: "\${NAME}".`
        : 'Correct the line; keys and values are written `key: value`.',
      cause: error,
    });
  }
  return {
    value: toValue(),
    lineOf: (path) => {
      // Use the deepest part of the path that exists: a missing key has no line.
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
          // An integer that a number would round stays a bigint, so that the schema refuses it.
          if (typeof node.value === 'bigint') node.value = compactInteger(node.value);
        },
      });
      return parsed;
    } catch (error) {
      // The parser recurses for each level.
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
