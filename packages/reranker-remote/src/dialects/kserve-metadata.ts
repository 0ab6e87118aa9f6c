import { RetrievalError } from '@secondpass/core';
import { FailedTry, type HttpService, type RetryLimits } from '@secondpass/service-client';
import { z } from 'zod';
import { askJson } from './ask-json.ts';

export const tokenInputs = ['input_ids', 'attention_mask', 'token_type_ids'] as const;
export type TokenInput = (typeof tokenInputs)[number];

export interface ModelTensors {
  /** The model's input tensors; `undefined` if the server does not list them. */
  readonly inputs: readonly { readonly name: TokenInput; readonly datatype: 'INT64' | 'INT32' }[] | undefined;
  /** The output tensor with the scores; `undefined` if the server does not list it. */
  readonly output: string | undefined;
  /** The most pairs in one request, if the server states it. */
  readonly maxBatch: number | undefined;
}

const tensor = z.looseObject({ name: z.string(), datatype: z.string() });
const metadataSchema = z.looseObject({
  inputs: z.array(tensor).nullish(),
  outputs: z.array(tensor).nullish(),
});
const configSchema = z.looseObject({ max_batch_size: z.int().optional() });

const scoreOutputs = ['logits', 'scores', 'output'];

/**
 * Asks a server of the Open Inference Protocol for a model's metadata, and Triton also for the model's configuration.
 *
 * @throws FailedTry, RetrievalError `model-unsupported` for a model that does not read token pairs, or the signal's
 * reason
 */
export async function readModelTensors(
  service: HttpService,
  model: string,
  limits: RetryLimits,
): Promise<ModelTensors> {
  const path = `/v2/models/${encodeURIComponent(model)}`;
  const { inputs, outputs } = await askJson(service, path, metadataSchema, limits);
  return {
    inputs: inputs?.length ? inputs.map((input) => tokenInput(input, service.origin)) : undefined,
    output: outputs?.length ? scoreOutput(outputs, service.origin) : undefined,
    maxBatch: await maxBatchOf(service, `${path}/config`, limits),
  };
}

/** The model's configuration is an extension of Triton; other servers answer 404 or something else. */
async function maxBatchOf(
  service: HttpService,
  path: string,
  limits: RetryLimits,
): Promise<number | undefined> {
  try {
    const { max_batch_size: most = 0 } = await askJson(service, path, configSchema, limits);
    return most > 0 ? most : undefined;
  } catch (error) {
    if (error instanceof FailedTry) return undefined;
    throw error;
  }
}

function tokenInput({ name, datatype }: z.infer<typeof tensor>, origin: string) {
  const known = tokenInputs.find((input) => input === name);
  if (!known) throw unsupported(origin, `It reads the tensor ${name}, which a tokenizer does not produce`);
  if (datatype !== 'INT64' && datatype !== 'INT32') {
    throw unsupported(origin, `Its tensor ${name} has the type ${datatype}, not INT64 or INT32`);
  }
  return { name: known, datatype } as const;
}

function scoreOutput(outputs: readonly z.infer<typeof tensor>[], origin: string): string {
  const [only] = outputs;
  if (outputs.length === 1) return only!.name;
  const known = outputs.find(({ name }) => scoreOutputs.includes(name));
  if (known) return known.name;
  const names = outputs.map(({ name }) => name).join(', ');
  throw unsupported(origin, `It answers ${names}, and none of them is ${scoreOutputs.join(' or ')}`);
}

function unsupported(origin: string, problem: string): RetrievalError {
  return new RetrievalError({
    code: 'model-unsupported',
    origin,
    problem: `${problem}.`,
    nextStep: `Serve a cross-encoder that reads ${tokenInputs.join(', ')} and answers one or two numbers per pair.`,
  });
}
