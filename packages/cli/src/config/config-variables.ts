import { RetrievalError } from '@secondpass/core';
import { isSecretKey, type Secrets } from '../secrets.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface VariableContext {
  readonly file: string;
  readonly environment: Environment;
  readonly secrets: Secrets;
}

const variable = /\$\{([^}:]*)(?::-([^}]*))?\}/g;
const wholeVariable = /^\$\{[^}]*\}$/;
const numberOrFlag = /^(?:-?(?:0|[1-9]\d{0,14})|true|false)$/;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Puts environment variables into every string of a configuration: `${NAME}`, and `${NAME:-value}` with a value for when it is
 * unset or empty, as in a shell. What was put in is remembered as secret. A setting of the source, or of a remote service, that is a variable alone
 * becomes a number, `true` or `false` where its value reads so.
 *
 * @throws RetrievalError `invalid-config`, naming the key and the variable
 */
export function replaceVariables(
  value: unknown,
  context: VariableContext,
  path: readonly string[] = [],
): unknown {
  if (typeof value === 'string') return replaceInText(value, context, path);
  if (Array.isArray(value))
    return value.map((item, index) => replaceVariables(item, context, [...path, `${index}`]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaceVariables(item, context, [...path, key])]),
  );
}

function replaceInText(
  text: string,
  { file, environment, secrets }: VariableContext,
  path: readonly string[],
): unknown {
  const replaced = text.replace(variable, (reference: string, name: string, fallback: string | undefined) => {
    const key = path.join('.');
    if (!variableName.test(name)) {
      throw new RetrievalError({
        code: 'invalid-config',
        origin: file,
        problem: `${key} names the environment variable ${JSON.stringify(name)}, which cannot be a variable's name.`,
        nextStep: `Write \${NAME} or \${NAME:-value}.`,
      });
    }
    // What every object inherits, such as `constructor`, is no variable.
    const set = Object.hasOwn(environment, name) ? environment[name] : undefined;
    const value = set || fallback;
    if (value === undefined) {
      throw new RetrievalError({
        code: 'invalid-config',
        origin: file,
        problem: `${key} needs the environment variable ${name}, which is ${set === undefined ? 'not set' : 'empty'}.`,
        nextStep: `Set it, or write a value for when it is not: \${${name}:-value}.`,
      });
    }
    // A fallback stands in the file for all to read.
    if (set) secrets.hide(value, reference.replace(/:-.*\}$/, '}'));
    return value;
  });
  const isSecret = path.some(isSecretKey);
  if (isSecret) secrets.hide(replaced, '***');
  secrets.hidePassword(replaced);
  // An adapter takes numbers where numbers belong, and a variable can only give text.
  const isForeign = path[0] === 'source' || path.includes('remote');
  const isWhole = isForeign && !isSecret && wholeVariable.test(text);
  return isWhole && numberOrFlag.test(replaced) ? JSON.parse(replaced) : replaced;
}
