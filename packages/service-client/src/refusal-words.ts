/** The content of a refusal. */
export interface RefusalWords {
  /** The message; empty if there is none. */
  readonly words: string;
  /** The service's own codes for what is wrong. */
  readonly codes: readonly unknown[];
}

/**
 * Reads the body of a refusal, in the error formats of OpenAI, Cohere, Jina, Voyage, TEI, Infinity, vLLM, KServe,
 * Ollama, Elasticsearch and FastAPI. If the body also lists the request's input, only the message is taken.
 */
export function readRefusal(body: string): RefusalWords {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return { words: wordsOfFragment(body), codes: [] };
  }
  return typeof answer === 'string' ? { words: answer, codes: [] } : wordsOfJson(answer);
}

/** The error inside an answer with status 200: some services and gateways answer so. */
export function errorInside(answer: unknown): RefusalWords | undefined {
  const { error, detail, message } = fieldsOf(answer);
  const tells = Boolean(error) || typeof message === 'string' || Boolean(detail);
  return tells ? wordsOfJson(answer) : undefined;
}

function wordsOfJson(answer: unknown): RefusalWords {
  const { error, message, detail, code, status } = fieldsOf(answer);
  const inner = fieldsOf(error);
  const first = Array.isArray(detail) ? fieldsOf(detail[0]) : fieldsOf(detail);
  const told = [
    error,
    inner['message'],
    inner['reason'],
    message,
    first['msg'],
    first['message'],
    detail,
  ].find((words) => typeof words === 'string');
  return {
    words: typeof told === 'string' ? told : '',
    codes: [inner['code'], inner['status'], inner['type'], first['type'], code, status].filter(
      (word) => word !== undefined,
    ),
  };
}

/** The message of a body that is not JSON: none for HTML and tracebacks; for truncated JSON the `message` field. */
function wordsOfFragment(body: string): string {
  if (/^\s*</.test(body) || /^Traceback/m.test(body)) return '';
  if (!/^\s*[[{]/.test(body)) return body;
  return /"(?:msg|message|error|detail|reason)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? '';
}

const tooManyCodes: readonly unknown[] = ['array_above_max_length', 'max_tokens_per_request', 'too_long'];

/**
 * TEI: "batch size 20 > maximum allowed batch size 8"; OpenAI: "Invalid 'input': array too long"; Infinity: "List should
 * have at most 2048 items"; Cohere: "total number of texts must be at most 96"; Voyage: "The batch size limit is 1000",
 * "The max allowed tokens per submitted batch is 120000"; Mistral: "Too many inputs in request"; Google: "at most 100
 * requests can be in one batch".
 */
const tooManyWords = new RegExp(
  [
    /batch[ _-]?size/,
    /too many (?:inputs|texts|documents|items|passages|tokens|strings)/,
    /(?:array|list|batch) (?:is )?too (?:long|large|big)/,
    /(?:at most|more than|max(?:imum)?(?: of| allowed)?|limit(?: of| is)?:?) [\d,_]+ (?:items|texts|documents|inputs|passages|requests|strings|elements)/,
    /number of (?:items|texts|documents|inputs|passages|strings)\b.*\b(?:at most|exceeds?|max|limit)/,
    /\b(?:per|in one|in a|submitted) (?:batch|request)\b/,
    /(?:request|payload|body)(?: entity)? (?:is )?too large/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

/** Whether a refusal says that a request with fewer texts or characters would be accepted. */
export function saysTooMany({ words, codes }: RefusalWords): boolean {
  return codes.some((code) => tooManyCodes.includes(code)) || tooManyWords.test(words);
}

/** The longest part of a service's message that an error quotes. */
const longestWords = 200;
/** Up to this length, a common part of a text and a message is taken for chance. */
const longestQuote = 15;
/** A text shorter than this is not searched for: it may be any word of the message. */
const shortestText = 4;

/**
 * Prepares a service's message for an error: short, on one line, and without keys. If the message quotes the texts that
 * were sent, the result is empty.
 *
 * @param redact removes secrets from a text
 * @param texts the texts that were sent
 *
 * @example
 * import { cleanWords, redactor } from '@secondpass/service-client';
 * cleanWords('No such\nmodel', redactor({}), ['Yeast makes dough rise.']); // → 'No such model'
 */
export function cleanWords(said: string, redact: (text: string) => string, texts: readonly string[]): string {
  const words = oneLine(redact(said))
    .slice(0, longestWords)
    .replace(/[.!?]$/, '');
  if (words === '') return words;
  return quotes(words.toLowerCase(), texts) ? '' : words;
}

function quotes(words: string, texts: readonly string[]): boolean {
  const windows = Array.from({ length: Math.max(0, words.length - longestQuote) }, (_, start) =>
    words.slice(start, start + longestQuote + 1),
  );
  return texts.some((text) => {
    const line = oneLine(text).toLowerCase();
    if (line.length <= longestQuote) return line.length >= shortestText && words.includes(line);
    const forms = [line, inAscii(line)];
    return windows.some((window) => forms.some((form) => form.includes(window)));
  });
}

/** The text with the escapes that Python's JSON writes. */
function inAscii(text: string): string {
  return text.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return (value ?? {}) as Record<string, unknown>;
}
