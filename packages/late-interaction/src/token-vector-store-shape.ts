import { having, type TokenVectorStore } from '@secondpass/core/extend';

/** The option `store` of what reads token vectors. */
export const tokenVectorStore = having<TokenVectorStore>(
  'a store of token vectors, such as pgvectorTokenVectors gives',
  'get',
  'digests',
  'put',
);
