import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from './server-options.ts';

/** Tells whose key a request presents. */
export class ApiKeys {
  readonly #known: readonly { readonly key: ApiKey; readonly digest: Buffer }[];

  constructor(keys: readonly ApiKey[]) {
    this.#known = keys.map((key) => ({ key, digest: Buffer.from(key.sha256, 'hex') }));
  }

  /** Without keys everybody may call. */
  get required(): boolean {
    return this.#known.length > 0;
  }

  /** @param authorization the header of that name; `undefined` where it presents no known key */
  holderOf(authorization: string | undefined): ApiKey | undefined {
    const [, presented = ''] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    const digest = createHash('sha256').update(presented).digest();
    let holder: ApiKey | undefined;
    // All are compared, each in constant time: the time taken tells neither which key matched nor how much of it.
    for (const { key, digest: known } of this.#known) {
      if (timingSafeEqual(digest, known)) holder = key;
    }
    return presented === '' ? undefined : holder;
  }
}
