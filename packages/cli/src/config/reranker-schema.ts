import { longPassagePolicies, type RerankerKind, rerankerKinds } from '@secondpass/core';
import { z } from 'zod';
import { integer, running, share } from './config-values.ts';

const ofCrossEncoders = {
  ...running,
  longPassages: z.enum(longPassagePolicies).optional(),
  chunkOverlap: integer(0, 4096).optional(),
  maxChunks: integer(1, 256).optional(),
  topChunks: integer(1, 256).optional(),
  maxQueryShare: share(0.05, 0.95).optional(),
  passageCacheBytes: integer(0, 2 ** 40).optional(),
  probe: z.boolean().optional(),
};

/** The settings of each kind, beside `scoreCacheBytes`, which all of them take. */
const settingsOf: Readonly<Record<RerankerKind, readonly string[]>> = {
  'cross-encoder': Object.keys(ofCrossEncoders),
  'late-interaction': Object.keys(running),
  'poly-encoder': ['workers', 'maxBatchTokens', 'executionProvider'],
};

const everyKind = ['model', 'kind', 'scoreCacheBytes'];

/** The first setting that says nothing to a kind of reranker, or `undefined`. */
export function settingForeignTo(kind: RerankerKind, settings: object): string | undefined {
  const given = Object.entries(settings).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  return given.find((key) => !everyKind.includes(key) && !settingsOf[kind].includes(key));
}

export const rerankerSchema = z
  .strictObject({
    /** A bundled model's name, a name that the lock file pins, or a directory. */
    model: z.string().min(1),
    /** Read from the model's files where it is absent. */
    kind: z.enum(rerankerKinds).optional(),
    ...ofCrossEncoders,
    scoreCacheBytes: integer(0, 2 ** 40).optional(),
  })
  .superRefine((settings, context) => {
    const foreign = settings.kind && settingForeignTo(settings.kind, settings);
    if (!foreign) return;
    const message = `nothing for a ${settings.kind}, which knows ${settingsOf[settings.kind!].join(', ')}`;
    context.addIssue({ code: 'custom', path: [foreign], message });
  });

export type RerankerConfig = z.infer<typeof rerankerSchema>;
