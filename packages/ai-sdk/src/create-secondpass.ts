import { type JSONObject, NoSuchModelError, type ProviderV4 } from '@ai-sdk/provider';
import { type Closable, loadCrossEncoder, type Reranker } from '@secondpass/core';
import { callback, checkOptions, closable, having, optionsOf } from '@secondpass/core/extend';
import { modelDirectory } from '@secondpass/models';
import { LazyReranker } from './lazy-reranker.ts';
import { rerankingModel, type SecondpassModel, type SecondpassModelV3 } from './reranking-model.ts';

/** The models of a {@link createSecondpass}. */
export interface SecondpassOptions {
  /**
   * Rerankers by name: open rerankers, which stay open, or functions that load one at first use.
   * @default the bundled `small` and `nano`
   */
  readonly rerankers?: Readonly<Record<string, Reranker | (() => Promise<Reranker>)>>;
  /** The text of a document that is an object. @default its JSON */
  readonly textOf?: (document: JSONObject) => string;
}

const optionsSchema = optionsOf({
  rerankers: having<object>('an object of rerankers, or of functions that load one, by name').optional(),
  textOf: callback('a document and gives its text').optional(),
});

/** A provider of the AI SDK whose models rerank in this process. */
export interface SecondpassProvider extends ProviderV4, Closable {
  /** For `ai` 7. @throws NoSuchModelError, which lists the known names */
  reranking(modelId: string): SecondpassModel;
  rerankingModel(modelId: string): SecondpassModel;
  /** The same for `ai` 6. */
  rerankingV3(modelId: string): SecondpassModelV3;
}

/**
 * Makes the provider. A model is loaded at its first request; `close()` closes the loaded models.
 *
 * @example
 * import { createSecondpass } from '@secondpass/ai-sdk';
 * import { rerank } from 'ai';
 * await using secondpass = createSecondpass();
 * const documents = ['Salt slows yeast down.', 'Yeast makes dough rise.'];
 * const query = 'why does bread get bigger in the oven';
 * const { ranking } = await rerank({ model: secondpass.reranking('small'), query, documents, topN: 1 });
 * ranking[0]?.document; // → 'Yeast makes dough rise.'
 */
export function createSecondpass(options: SecondpassOptions = {}): SecondpassProvider {
  checkOptions(optionsSchema, options, { origin: 'secondpass' });
  const { rerankers = bundled, textOf } = options;
  const opened = new Map(
    Object.entries(rerankers).map(([name, given]) => [name, new LazyReranker(given)] as const),
  );
  const reranking = (modelId: string): SecondpassModel => {
    const lazy = opened.get(modelId);
    if (!lazy) throw noModel('rerankingModel', modelId, `Use ${[...opened.keys()].join(' or ')}.`);
    return rerankingModel({ modelId, reranker: () => lazy.get(), textOf });
  };
  return closable({
    specificationVersion: 'v4' as const,
    reranking,
    rerankingModel: reranking,
    rerankingV3: (modelId: string) => ({ ...reranking(modelId), specificationVersion: 'v3' as const }),
    languageModel: (modelId: string) => refuse('languageModel', modelId),
    embeddingModel: (modelId: string) => refuse('embeddingModel', modelId),
    imageModel: (modelId: string) => refuse('imageModel', modelId),
    close: async () => {
      await Promise.all([...opened.values()].map((lazy) => lazy.close()));
    },
  });
}

const bundled = {
  small: () => loadCrossEncoder(modelDirectory('small')),
  nano: () => loadCrossEncoder(modelDirectory('nano')),
};

type ModelType = 'rerankingModel' | 'languageModel' | 'embeddingModel' | 'imageModel';

function refuse(modelType: ModelType, modelId: string): never {
  throw noModel(modelType, modelId, 'secondpass has reranking models only.');
}

function noModel(modelType: ModelType, modelId: string, nextStep: string): NoSuchModelError {
  const message = `secondpass: No ${modelType} is called ${JSON.stringify(modelId)}. ${nextStep}`;
  return new NoSuchModelError({ modelId, modelType, message });
}
