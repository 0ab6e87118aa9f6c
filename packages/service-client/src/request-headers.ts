import { RetrievalError } from '@secondpass/core';

export interface SecretParts {
  readonly apiKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * The headers of every request.
 *
 * @throws RetrievalError `invalid-options` for one that HTTP cannot carry; it shows no value
 */
export function headersOf({ apiKey, headers = {} }: SecretParts, keyScheme: string, origin: string): Headers {
  const result = new Headers({ accept: 'application/json' });
  const set = (name: string, value: string, what: string): void => {
    try {
      result.set(name, value);
    } catch {
      // Without its cause, which quotes the value.
      throw new RetrievalError({
        code: 'invalid-options',
        origin,
        problem: `${what} holds characters that HTTP does not allow.`,
        nextStep: 'Look for a line break or a letter outside Latin-1 in it.',
      });
    }
  };
  for (const [name, value] of Object.entries(headers)) set(name, value, `headers.${name}`);
  if (apiKey !== undefined) set('authorization', `${keyScheme} ${apiKey}`, 'The key');
  return result;
}

/** Shorter values are left alone: replacing every "a" would spoil a message and hide nothing. */
const shortestSecret = 4;

/** Takes the key and the values of the caller's headers out of a text: services quote what they refuse. */
export function hider({ apiKey = '', headers = {} }: SecretParts): (text: string) => string {
  const secrets = [apiKey, ...Object.values(headers)]
    .flatMap((value) => [value, ...value.split(/\s+/)])
    .filter((value) => value.length >= shortestSecret)
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
}
