// app/rerank/route.js
import '@secondpass/runtime-onnx';
import { loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';

const reranker = loadCrossEncoder(modelDirectory('small'));
const passages = ['Salt slows yeast down.', 'Yeast makes dough rise.'];

export async function GET(request) {
  const query = new URL(request.url).searchParams.get('query');
  const scores = await (await reranker).score({ query, passages });
  const best = scores.indexOf(scores.reduce((a, b) => (b.score > a.score ? b : a)));
  return Response.json({ best: passages[best] });
}
