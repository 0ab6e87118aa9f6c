export { type ListenOptions, RerankServer, rerankServer } from './rerank-server.ts';
export type { ApiKey, LogOptions, RequestLimits, ServerOptions } from './server-options.ts';
