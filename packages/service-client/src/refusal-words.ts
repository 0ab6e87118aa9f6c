/** What a service said when it refused. */
export interface RefusalWords {
  /** Empty where it says nothing. */
  readonly words: string;
  /** The service's own words for what is wrong. */
  readonly codes: readonly unknown[];
}

/**
 * What a refusal's body says, by the errors of OpenAI, Cohere, Jina, Voyage, TEI, Infinity, vLLM, KServe, Ollama,
 * Elasticsearch and FastAPI. Of a body that lists its input only the message is taken.
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

/** The error that an answer tells in place of a result: a service, or a gateway before it, answered 200 all the same. */
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

/** A page of HTML or a traceback says nothing; of JSON that was too long to be read whole, the message will do. */
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

/** Whether a refusal says that fewer texts, or fewer characters, in one request would do. */
export function saysTooMany({ words, codes }: RefusalWords): boolean {
  return codes.some((code) => tooManyCodes.includes(code)) || tooManyWords.test(words);
}

/** Longest part of a service's own words in an error. */
const longestWords = 200;
/** As much of a text as may be in a service's words by chance. */
const longestQuote = 15;
/** A text shorter than this is taken for a word that happens to be there. */
const shortestText = 4;

/**
 * A service's words as they may stand in an error: short, on one line, without keys, and without the texts that it was
 * sent; where it quotes these, nothing is left.
 *
 * @param hide takes secrets out of a text
 * @param texts those that it was sent
 *
 * @example
 * import { cleanWords, hider } from '@secondpass/service-client';
 * cleanWords('No such\nmodel', hider({}), ['Yeast makes dough rise.']); // → 'No such model'
 */
export function cleanWords(said: string, hide: (text: string) => string, texts: readonly string[]): string {
  const words = oneLine(hide(said))
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

/** As Python writes a text into JSON. */
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
