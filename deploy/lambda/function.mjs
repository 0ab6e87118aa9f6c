/**
 * Reranks for AWS Lambda: `{ query, passages }` in, `{ ranking: [{ index, score }] }` out, best first. It asks Lambda's runtime
 * API itself, so the image needs no base image of AWS: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { once } from 'node:events';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';

const runtime = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

async function rerank({ query, passages }) {
  const scores = await reranker.score({ query, passages });
  const ranking = scores.map(({ score }, index) => ({ index, score }));
  return { ranking: ranking.sort((a, b) => b.score - a.score) };
}

/** Without a limit: the process sleeps while there is nothing to do, and `fetch` would end its wait when it wakes up. */
async function ask(path, body) {
  const asked = request(`${runtime}/${path}`, { method: body === undefined ? 'GET' : 'POST' });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = await once(asked, 'response');
  return { headers: answer.headers, content: await json(answer).catch(() => undefined) };
}

const failureOf = (error) => ({ errorType: error.code ?? error.name, errorMessage: error.message });

let reranker;
try {
  reranker = await loadCrossEncoder(modelDirectory('small'));
} catch (error) {
  await ask('init/error', failureOf(error));
  process.exit(1);
}
for (;;) {
  const { headers, content } = await ask('invocation/next');
  const invocation = `invocation/${headers['lambda-runtime-aws-request-id']}`;
  try {
    await ask(`${invocation}/response`, await rerank(content));
  } catch (error) {
    await ask(`${invocation}/error`, failureOf(error));
  }
}
