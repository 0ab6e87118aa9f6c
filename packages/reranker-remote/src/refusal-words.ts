/**
 * What a refusal says: the words of Cohere's, Jina's, Voyage's, TEI's, Infinity's, vLLM's, KServe's, Elasticsearch's and
 * FastAPI's errors. Of a body that lists its input only the message is taken.
 */
export function refusalWords(body: string): string {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return wordsOfFragment(body);
  }
  if (typeof answer === 'string') return answer;
  const { error, message, detail } = fieldsOf(answer);
  const inner = fieldsOf(error);
  const first = Array.isArray(detail) ? fieldsOf(detail[0])['msg'] : (fieldsOf(detail)['message'] ?? detail);
  const told = [error, inner['message'], inner['reason'], message, first].find(
    (words) => typeof words === 'string',
  );
  return typeof told === 'string' ? told : '';
}

/** A page of HTML or a traceback says nothing; of JSON that was too long to be read whole, the message will do. */
function wordsOfFragment(body: string): string {
  if (/^\s*</.test(body) || /^Traceback/m.test(body)) return '';
  if (!/^\s*[[{]/.test(body)) return body;
  return /"(?:msg|message|error|detail|reason)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? '';
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return (value ?? {}) as Record<string, unknown>;
}
