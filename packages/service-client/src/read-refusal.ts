export interface RefusalText {
  /** Empty where it says nothing. */
  readonly words: string;
  /** OpenAI's word for what is wrong. */
  readonly code?: unknown;
}

/**
 * What a refusal's body says, by the errors of OpenAI, Cohere, Jina, Voyage, TEI, Infinity, vLLM, KServe, Ollama,
 * Elasticsearch and FastAPI. Of a body that lists its input only the message is taken.
 */
export function readRefusal(body: string): RefusalText {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return { words: wordsOfFragment(body) };
  }
  if (typeof answer === 'string') return { words: answer };
  const { error, message, detail } = fieldsOf(answer);
  const inner = fieldsOf(error);
  const first = Array.isArray(detail) ? fieldsOf(detail[0])['msg'] : (fieldsOf(detail)['message'] ?? detail);
  const told = [error, inner['message'], inner['reason'], message, first].find(
    (words) => typeof words === 'string',
  );
  return { words: typeof told === 'string' ? told : '', code: inner['code'] };
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
