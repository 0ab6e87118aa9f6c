import type { RerankingModelV3, RerankingModelV4 } from '@ai-sdk/provider';
import { expect, test } from '@jest/globals';
import type { RerankingModel } from 'ai';
import type { Cohere } from 'cohere-ai';
import type { RerankResponse as VoyageRerankResponse } from 'voyageai';
import type { z } from 'zod';
import { resultsSchema } from '../src/dialects/scores-answer.ts';
import { voyageAnswerSchema } from '../src/dialects/voyage.ts';
import type { AiSdkRerankingModel } from '../src/index.ts';

/** The names on the wire of fields that the clients write in camel case. */
type OnWire<T> = T extends readonly (infer Item)[]
  ? OnWire<Item>[]
  : T extends object
    ? { [Key in keyof T as Key extends string ? Snake<Key> : Key]-?: OnWire<NonNullable<T[Key]>> }
    : T;
type Snake<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : Name;

/** Compiles only where a service's own type of an answer is one that we read. */
type Reads<Schema extends z.ZodType, Theirs extends z.input<Schema>> = [Schema, Theirs];
export type ReadsOfficialTypes = [
  Reads<typeof resultsSchema, OnWire<Cohere.V2RerankResponse>>,
  Reads<typeof resultsSchema, OnWire<Cohere.RerankResponse>>,
  Reads<typeof voyageAnswerSchema, OnWire<VoyageRerankResponse>>,
];

/** Compiles only where a model of the AI SDK is one that we call. */
type Calls<Theirs extends AiSdkRerankingModel> = Theirs;
export type CallsOfficialModels = [
  Calls<RerankingModelV3>,
  Calls<RerankingModelV4>,
  Calls<Exclude<RerankingModel, string>>,
];

test("the clients' own types of answers are read", () => {
  const cohere: OnWire<Pick<Cohere.V2RerankResponse, 'results'>> = {
    results: [{ index: 0, relevance_score: 0.5 }],
  };
  const voyage: OnWire<Pick<VoyageRerankResponse, 'data'>> = {
    data: [{ index: 0, relevance_score: 0.5, document: '' }],
  };
  expect(resultsSchema.parse(cohere).results).toEqual([{ index: 0, score: 0.5 }]);
  expect(voyageAnswerSchema.parse(voyage).data).toEqual([{ index: 0, score: 0.5 }]);
});
