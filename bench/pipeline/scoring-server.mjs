// A process that serves a reranker's scores as TEI does: POST /rerank {query, texts} → [{index, score}].
import { createServer } from 'node:http';
import { loadCrossEncoder } from '@secondpass/core';

const reranker = await loadCrossEncoder(process.argv[2], { workers: 1 });
const server = createServer(async (request, response) => {
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { query, texts } = JSON.parse(Buffer.concat(chunks).toString());
    const scores = await reranker.score({ query, passages: texts });
    const body = scores.map(({ score }, index) => ({ index, score }));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body.sort((a, b) => b.score - a.score)));
  } catch (error) {
    response.statusCode = error.code === 'overloaded' ? 429 : 500;
    response.end(JSON.stringify({ error: String(error.code ?? 'failed'), error_type: 'Backend' }));
  }
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', async () => {
  // An exit under a running batch would end in a crash of the runtime's threads.
  await reranker.close();
  process.exit();
});
