import { createHash } from 'node:crypto';

/**
 * The most prepared statements: each takes memory on the server for every connection, and filters may have any number
 * of forms.
 */
const mostNames = 64;

/**
 * Gives a statement the name under which a connection prepares it, or none once the limit is reached.
 *
 * @param mode the planner's settings: a cached plan must not be used with other settings
 */
export type NameStatement = (text: string, mode: string) => string | undefined;

export function statementNames(enabled: boolean): NameStatement {
  const names = new Map<string, string>();
  return (text, mode) => {
    if (!enabled) return undefined;
    const key = `${mode}\0${text}`;
    const known = names.get(key);
    if (known !== undefined || names.size >= mostNames) return known;
    const name = `secondpass_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
    names.set(key, name);
    return name;
  };
}
