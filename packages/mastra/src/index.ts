export { relevanceScorer } from './relevance-scorer.ts';
export { type SearchToolOptions, searchTool } from './search-tool.ts';
