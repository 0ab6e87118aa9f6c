import { z } from 'zod';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { checkPinnedFile, type ModelDirectory, readModelJson } from '../model-directory/model-directory.ts';
import { readSafetensors, type Tensor } from '../model-directory/safetensors.ts';
import { type HeadLayer, headActivations, type OutputHead } from '../runtime/output-head.ts';

const modulesSchema = z.array(
  z.looseObject({
    type: z.string(),
    path: z
      .string()
      .refine((path) => /^[\w.-]*$/.test(path) && !path.includes('..'), 'a folder of the model'),
  }),
);
const poolingSchema = z.looseObject({
  pooling_mode: z.union([z.string(), z.array(z.string())]).optional(),
  pooling_mode_cls_token: z.boolean().optional(),
  pooling_mode_mean_tokens: z.boolean().optional(),
  pooling_mode_lasttoken: z.boolean().optional(),
});
const denseSchema = z.looseObject({
  activation_function: z.string().optional(),
  use_residual: z.boolean().optional(),
});
const logitScoreSchema = z.looseObject({
  true_token_id: z.int().min(0),
  false_token_id: z.int().min(0).nullish(),
});

/** What a sentence-transformers directory states about its head. */
export interface SentenceModules {
  /** The layers after the encoder; absent if `modules.json` names none. */
  readonly head?: OutputHead;
  /** A decoder's answers: the token that means relevant, and its opposite. */
  readonly answers?: { readonly yes: number; readonly no: number | undefined };
}

/**
 * Reads the head that sentence-transformers keeps next to the encoder: `modules.json`, and the folder of each module with
 * its `config.json` and `model.safetensors`.
 *
 * @throws RetrievalError `model-unsupported` for a module that is not run here, `model-damaged` for weights that are missing
 */
export async function readSentenceModules(model: ModelDirectory): Promise<SentenceModules> {
  const modules = (await readModelJson(model.path, 'modules.json', modulesSchema)) ?? [];
  const layers: HeadLayer[] = [];
  let pooling: OutputHead['pooling'] | undefined;
  let unknown: string | undefined;
  for (const { type, path } of modules) {
    const kind = type.split('.').at(-1)!;
    if (kind === 'LogitScore') {
      const config = await readModelJson(model.path, `${path}/config.json`, logitScoreSchema);
      if (!config) throw unsupported(model, `${path}/config.json of its LogitScore is missing`);
      return { answers: { yes: config.true_token_id, no: config.false_token_id ?? undefined } };
    }
    if (kind === 'Pooling') pooling = await readPoolingMode(model, path);
    else if (kind === 'Dense') layers.push(await readDense(model, path));
    else if (kind === 'LayerNorm') layers.push(await readNorm(model, path));
    else if (kind !== 'Transformer' && kind !== 'Dropout') unknown ??= kind;
  }
  // Without layers the modules describe an embedding, not a head.
  if (layers.length === 0) return {};
  if (unknown) throw unsupported(model, `modules.json names a ${unknown} module`);
  return { head: { pooling: pooling ?? 'first-token', layers } };
}

async function readPoolingMode(model: ModelDirectory, path: string): Promise<OutputHead['pooling']> {
  const config = (await readModelJson(model.path, `${path}/config.json`, poolingSchema)) ?? {};
  const stated = [
    config.pooling_mode,
    config.pooling_mode_cls_token && 'cls',
    config.pooling_mode_mean_tokens && 'mean',
    config.pooling_mode_lasttoken && 'lasttoken',
  ].flatMap((mode) => mode || []);
  const known: Record<string, OutputHead['pooling']> = {
    cls: 'first-token',
    mean: 'mean',
    lasttoken: 'last-token',
  };
  const mode = stated.join('+');
  const pooling = Object.hasOwn(known, mode) ? known[mode] : undefined;
  if (!pooling) throw unsupported(model, `the pooling of its head is ${mode || 'not stated'}`);
  return pooling;
}

async function readDense(model: ModelDirectory, path: string): Promise<HeadLayer> {
  const config = (await readModelJson(model.path, `${path}/config.json`, denseSchema)) ?? {};
  if (config.use_residual) throw unsupported(model, `its Dense layer ${path} has a residual connection`);
  const weights = await readWeights(model, path);
  return {
    kind: 'dense',
    outputs: weights.get('linear.weight')?.shape[0] ?? 0,
    ...tensorsOf(model, path, weights, 'linear'),
    activation: readActivation(model, config.activation_function ?? 'Tanh'),
  };
}

async function readNorm(model: ModelDirectory, path: string): Promise<HeadLayer> {
  const weights = await readWeights(model, path);
  // PyTorch's own epsilon: the module states none.
  return { kind: 'norm', ...tensorsOf(model, path, weights, 'norm'), epsilon: 1e-5 };
}

async function readWeights(model: ModelDirectory, path: string): Promise<Map<string, Tensor>> {
  const file = await checkPinnedFile(model, `${path}/model.safetensors`);
  return readSafetensors(file, (names) => names);
}

function tensorsOf(model: ModelDirectory, path: string, tensors: Map<string, Tensor>, name: string) {
  const weight = tensors.get(`${name}.weight`);
  if (!weight) throw unsupported(model, `${path}/model.safetensors has no ${name}.weight`);
  const bias = tensors.get(`${name}.bias`);
  return { weight: weight.data, ...(bias && { bias: bias.data }) };
}

/** A PyTorch class such as `torch.nn.modules.activation.GELU`, or a name of transformers' such as `gelu`. */
export function readActivation(model: ModelDirectory, stated: string) {
  const name = stated.split('.').at(-1)!.toLowerCase();
  const activation = headActivations.find((known) => known === name);
  if (!activation) throw unsupported(model, `its head uses the activation ${stated}`);
  return activation;
}

function unsupported({ name }: ModelDirectory, problem: string): RetrievalError {
  return new RetrievalError({
    code: 'model-unsupported',
    origin: name,
    problem: `Its scoring head cannot be run: ${problem}.`,
    nextStep: 'Export the ONNX file with the head in it, so that its output is named logits.',
  });
}
