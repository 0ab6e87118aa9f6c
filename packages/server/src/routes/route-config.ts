import type { Refusal } from '../dialects/refusal.ts';
import type { Failure } from '../failure.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route answers without a key. @default false */
    readonly open?: boolean;
    /** The form of a refusal; it may depend on the body, which may be invalid. @default secondpass's own */
    readonly refusalOf?: (failure: Failure, body: unknown) => Refusal;
  }
}
