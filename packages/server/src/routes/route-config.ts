import type { Refusal } from '../dialects/refusal.ts';
import type { Failure } from '../failure.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether a key is asked for, where there are any. @default true */
    readonly open?: boolean;
    /** The form of a refusal, by what could be read of the body. @default secondpass's own */
    readonly refusalOf?: (failure: Failure, body: unknown) => Refusal;
  }
}
