import { RetrievalError } from '@secondpass/core';
import { describeAsJson } from '@secondpass/core/extend';
import type { EmbedderConfig } from '../config/config-schema.ts';
import { replaceVariables } from '../config/config-variables.ts';
import { openEmbedder } from '../pipeline.ts';
import type { Answers } from './answers.ts';
import { optionalKey, serviceUrl } from './services.ts';
import type { Session } from './session.ts';

/** The vectors in the chosen source. */
export interface StoredVectors {
  readonly name: string;
  /** Undefined if nothing is stored yet, or the engine does not tell. */
  readonly dimensions: number | undefined;
}

const services = {
  openai: { title: "OpenAI's API, and servers that speak it", preset: 'https://api.openai.com/v1' },
  tei: { title: 'Text Embeddings Inference', preset: undefined },
  ollama: { title: 'Ollama', preset: 'http://localhost:11434' },
} as const;
type Dialect = keyof typeof services;

/**
 * Asks which model embeds queries, opens it, and compares the length of its vectors with the stored ones.
 *
 * @returns the block for the configuration file
 * @throws RetrievalError `dimension-mismatch`, or of the model or service
 */
export function chooseEmbedder(
  answers: Answers,
  stored: StoredVectors,
  session: Session,
): Promise<EmbedderConfig> {
  return answers.attempt(async (again) => {
    const written = await askEmbedder(again, stored, session);
    await checkEmbedder(written, stored, session);
    return written;
  });
}

async function askEmbedder(
  answers: Answers,
  stored: StoredVectors,
  session: Session,
): Promise<EmbedderConfig> {
  const { name, dimensions } = stored;
  const kind = await answers.choose<string>({
    flag: 'embedder',
    message:
      dimensions === undefined
        ? 'Which model embeds passages and queries?'
        : `Which model made the vectors of ${name}, ${dimensions} numbers each?`,
    many: 'embedders',
    choices: [
      { name: 'bi-encoder', hint: 'bundled, English, 384 numbers', value: 'bi-encoder' },
      ...Object.entries(services).map(([value, { title }]) => ({ name: value, hint: title, value })),
      ...(answers.reads ? [{ name: 'another model', hint: 'a directory, or a pinned name', value: '' }] : []),
    ],
    ...(dimensions === undefined || dimensions === 384 ? { preset: 'bi-encoder' } : { suggested: 'openai' }),
    read: (given) => given,
  });
  if (Object.hasOwn(services, kind)) return { remote: await askService(answers, kind as Dialect, session) };
  const model =
    kind || (await answers.text({ flag: 'embedderModel', message: 'Directory or name of the model?' }));
  return { model };
}

async function askService(answers: Answers, dialect: Dialect, session: Session) {
  const { preset } = services[dialect];
  const url = await serviceUrl(answers, 'embedderUrl', preset);
  const model =
    dialect === 'tei'
      ? undefined
      : await answers.text({ flag: 'embedderModel', message: 'Name of the model there?' });
  const proposed = url === services.openai.preset ? 'OPENAI_API_KEY' : undefined;
  const apiKey = await optionalKey(answers, { flag: 'embedderKeyVariable', proposed }, session);
  return { dialect, url, ...(model !== undefined && { model }), ...(apiKey !== undefined && { apiKey }) };
}

async function checkEmbedder(
  written: EmbedderConfig,
  stored: StoredVectors,
  session: Session,
): Promise<void> {
  const { file, folder, environment, secrets, signal } = session;
  const replaced = replaceVariables(written, { file, environment, secrets }, ['embedder']);
  const embedder = await openEmbedder({ file, folder, embedder: replaced as EmbedderConfig });
  await embedder.close();
  signal.throwIfAborted();
  const { dimensions } = embedder;
  if (stored.dimensions === undefined || stored.dimensions === dimensions) return;
  const name = written.remote
    ? `${written.remote.dialect} at ${written.remote.url}`
    : describeAsJson(written.model);
  throw new RetrievalError({
    code: 'dimension-mismatch',
    origin: 'secondpass init',
    problem: `${stored.name} holds vectors of ${stored.dimensions} numbers, but ${name} makes vectors of ${dimensions}.`,
    nextStep: 'Name the model that made the stored vectors: --embedder, --embedder-url, --embedder-model.',
  });
}
