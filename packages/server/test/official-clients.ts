/** Asks by the JavaScript clients of the services themselves, and writes what they read. Run by `official-clients.test.ts`. */
const { client, url, apiKey, query, documents, model } = JSON.parse(process.argv[2]!) as {
  readonly client: string;
  readonly url: string;
  readonly apiKey: string;
  readonly query: string;
  readonly documents: readonly string[];
  readonly model: string;
};

function nameAndMessage(error: unknown) {
  const { message } = error as Error;
  return { name: (error as object).constructor.name, message };
}

const clients: Readonly<Record<string, () => Promise<unknown>>> = {
  async cohere() {
    const { CohereClientV2 } = await import('cohere-ai');
    const cohere = new CohereClientV2({ token: apiKey, baseUrl: url });
    return (await cohere.rerank({ model, query, documents: [...documents], topN: 2 })).results;
  },
  async 'cohere, version 1'() {
    const { CohereClient } = await import('cohere-ai');
    const cohere = new CohereClient({ token: apiKey, baseUrl: url });
    const texts = documents.map((text) => ({ text }));
    return (await cohere.rerank({ model, query, documents: texts, topN: 2, returnDocuments: true })).results;
  },
  async voyage() {
    const { VoyageAIClient } = await import('voyageai');
    const voyage = new VoyageAIClient({ apiKey, environment: `${url}/voyage/v1` });
    return (await voyage.rerank({ model, query, documents: [...documents], topK: 2 })).data;
  },
  async openai() {
    const { OpenAI } = await import('openai');
    const openai = new OpenAI({ apiKey, baseURL: `${url}/v1` });
    // It asks for base64 and reads that.
    const { data } = await openai.embeddings.create({ model: 'bi-encoder', input: [...documents] });
    return data.map(({ embedding }) => embedding);
  },
  async 'cohere, with a wrong key'() {
    const { CohereClientV2 } = await import('cohere-ai');
    const cohere = new CohereClientV2({ token: 'wrong', baseUrl: url, maxRetries: 0 });
    return cohere.rerank({ model, query, documents: [...documents] }).catch(nameAndMessage);
  },
  async 'openai, with too many texts'() {
    const { OpenAI } = await import('openai');
    const openai = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
    const input = Array.from({ length: 1001 }, () => 'a');
    return openai.embeddings.create({ model: 'bi-encoder', input }).catch(nameAndMessage);
  },
};

process.stdout.write(JSON.stringify(await clients[client]!()));
