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
 * Replaces environment variables in every string of a configuration: `${NAME}`, and `${NAME:-value}` with a fallback
 * for an unset or empty variable, as in a shell. The values are remembered as secrets. If a setting of the source or
 * of a remote service is only a variable, and its value reads as a number, `true` or `false`, the setting gets that
 * type.
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
        problem: `${key} names the environment variable ${JSON.stringify(name)}, which is not a valid name.`,
        nextStep: `Write \${NAME} or \${NAME:-value}.`,
      });
    }
    // Inherited properties, such as `constructor`, are not variables.
    const set = Object.hasOwn(environment, name) ? environment[name] : undefined;
    const value = set || fallback;
    if (value === undefined) {
      throw new RetrievalError({
        code: 'invalid-config',
        origin: file,
        problem: `${key} needs the environment variable ${name}, which is ${set === undefined ? 'not set' : 'empty'}.`,
        nextStep: `Set it, or write a fallback: \${${name}:-value}.`,
      });
    }
    // A fallback is not secret: it is written in the file.
    if (set) secrets.hide(value, reference.replace(/:-.*\}$/, '}'));
    return value;
  });
  const isSecret = path.some(isSecretKey);
  if (isSecret) secrets.hide(replaced, '***');
  secrets.hidePassword(replaced);
  // Adapters expect real numbers, but a variable's value is always text.
  const isForeign = path[0] === 'source' || path.includes('remote');
  const isWhole = isForeign && !isSecret && wholeVariable.test(text);
  return isWhole && numberOrFlag.test(replaced) ? JSON.parse(replaced) : replaced;
}
