export { embedderFromConfig, type RemoteConfig } from './embedder-from-config.ts';
export { type OllamaOptions, ollamaEmbedder } from './ollama-embedder.ts';
export { type OpenAiOptions, openAiEmbedder } from './openai-embedder.ts';
export { RemoteEmbedder } from './remote-embedder.ts';
export type { RemoteOptions } from './remote-options.ts';
export { type TeiOptions, teiEmbedder } from './tei-embedder.ts';
