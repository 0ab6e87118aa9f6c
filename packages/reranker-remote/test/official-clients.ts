/** Asks one of the services' own clients, and writes what it read. Run by `askOfficialClient`. */
import type { OfficialRequest } from './ask-official-client.ts';

const { client, url, model, apiKey, query, documents } = JSON.parse(process.argv[2]!) as OfficialRequest;

const clients = {
  async cohere() {
    const { CohereClientV2 } = await import('cohere-ai');
    const cohere = new CohereClientV2({ token: apiKey, baseUrl: url });
    const { results } = await cohere.rerank({ model, query, documents: [...documents] });
    return results.map(({ index, relevanceScore }) => ({ index, score: relevanceScore }));
  },
  async voyage() {
    const { VoyageAIClient } = await import('voyageai');
    const voyage = new VoyageAIClient({ apiKey, environment: url });
    const options = { truncation: true, returnDocuments: false };
    const { data } = await voyage.rerank({ model, query, documents: [...documents], ...options });
    return data!.map(({ index, relevanceScore }) => ({ index, score: relevanceScore }));
  },
  async 'ai-sdk'() {
    const { createCohere } = await import('@ai-sdk/cohere');
    const reranking = createCohere({ apiKey, baseURL: url }).reranking(model);
    const values = [...documents];
    const { ranking } = await reranking.doRerank({ query, documents: { type: 'text', values } });
    return ranking.map(({ index, relevanceScore }) => ({ index, score: relevanceScore }));
  },
};

process.stdout.write(JSON.stringify(await clients[client]()));
