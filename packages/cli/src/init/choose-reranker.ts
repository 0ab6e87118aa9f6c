import { replaceVariables } from '../config/config-variables.ts';
import type { RerankerConfig } from '../config/reranker-schema.ts';
import { openReranker } from '../pipeline.ts';
import { present } from '../present.ts';
import type { Answers } from './answers.ts';
import { optionalKey, serviceUrl } from './services.ts';
import type { Session } from './session.ts';

interface RerankService {
  readonly title: string;
  /** The usual variable for its key; absent for services that run on your own machines. */
  readonly key?: string;
  /** Whether the model's name is enough to use it. A service of your own needs its address instead. */
  readonly model?: true;
}

const services: Readonly<Record<string, RerankService>> = {
  cohere: { title: 'Cohere', key: 'CO_API_KEY', model: true },
  jina: { title: 'Jina', key: 'JINA_API_KEY', model: true },
  voyage: { title: 'Voyage', key: 'VOYAGE_API_KEY', model: true },
  tei: { title: 'Text Embeddings Inference, or secondpass serve' },
  infinity: { title: 'Infinity' },
  vllm: { title: 'vLLM' },
};

/**
 * Asks which model reranks, and opens it. No request is sent to a service, because it may cost money.
 *
 * @returns the block for the configuration file
 * @throws RetrievalError of the model
 */
export function chooseReranker(answers: Answers, session: Session): Promise<RerankerConfig> {
  return answers.attempt(async (again) => {
    const written = await askReranker(again, session);
    const { file, folder, environment, secrets, signal } = session;
    const replaced = replaceVariables(written, { file, environment, secrets }, ['reranker']);
    const reranker = await openReranker({ file, folder, reranker: replaced as RerankerConfig });
    await reranker.close();
    signal.throwIfAborted();
    return written;
  });
}

async function askReranker(answers: Answers, session: Session): Promise<RerankerConfig> {
  const kind = await answers.choose<string>({
    flag: 'reranker',
    message: 'Which model reranks?',
    many: 'rerankers',
    choices: [
      { name: 'small', hint: 'bundled, English: the best order', value: 'small' },
      { name: 'nano', hint: 'bundled, English: an eighth of the time', value: 'nano' },
      ...Object.entries(services).map(([value, { title }]) => ({ name: value, hint: title, value })),
      ...(answers.reads ? [{ name: 'another model', hint: 'a directory, or a pinned name', value: '' }] : []),
    ],
    preset: 'small',
    read: (given) => given,
  });
  const service = Object.hasOwn(services, kind) ? services[kind] : undefined;
  if (service) return { remote: await askService(answers, kind, service, session) };
  const model =
    kind || (await answers.text({ flag: 'rerankerModel', message: 'Directory or name of the model?' }));
  return { model };
}

async function askService(
  answers: Answers,
  service: string,
  { key, model: named }: RerankService,
  session: Session,
) {
  const url = named ? answers.given('rerankerUrl') : await serviceUrl(answers, 'rerankerUrl', undefined);
  const model = named
    ? await answers.text({ flag: 'rerankerModel', message: 'Name of the model there?' })
    : answers.given('rerankerModel');
  const apiKey = await optionalKey(answers, { flag: 'rerankerKeyVariable', proposed: key }, session);
  return { service, ...present({ url, model, apiKey }) } as NonNullable<RerankerConfig['remote']>;
}
