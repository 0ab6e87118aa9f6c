import { createHash } from 'node:crypto';

/** Each costs every connection some memory on the server, and filters may come in any number of forms. */
const mostNames = 64;

/**
 * Gives a statement the name under which a connection prepares it, or none when enough have one already.
 *
 * @param mode how the planner was told to scan: a plan that is kept must not be used under other orders
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
