import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from './server-options.ts';

/** Finds the holder of the key in a request. */
export class ApiKeys {
  readonly #known: readonly { readonly key: ApiKey; readonly digest: Buffer }[];

  constructor(keys: readonly ApiKey[]) {
    this.#known = keys.map((key) => ({ key, digest: Buffer.from(key.sha256, 'hex') }));
  }

  /** False when no keys are configured: anyone may call. */
  get required(): boolean {
    return this.#known.length > 0;
  }

  /** @param authorization the request's `Authorization` header. Returns `undefined` if it holds no known key. */
  holderOf(authorization: string | undefined): ApiKey | undefined {
    const [, presented = ''] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    const digest = createHash('sha256').update(presented).digest();
    let holder: ApiKey | undefined;
    // Every key is compared, each in constant time: the timing reveals neither which key matched nor how far.
    for (const { key, digest: known } of this.#known) {
      if (timingSafeEqual(digest, known)) holder = key;
    }
    return presented === '' ? undefined : holder;
  }
}
