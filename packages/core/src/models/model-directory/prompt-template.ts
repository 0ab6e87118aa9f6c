import { z } from 'zod';

/** A decoder's prompt for a pair, and the next words that count as its answer. */
export const promptTemplateSchema = z
  .object({
    /**
     * The prompt in pieces that are tokenized one by one. `{query}`, `{passage}` and `{instruction}` are
     * placeholders. The passage must end its piece, so that it can be cut without touching what follows.
     */
    pieces: z.array(z.string().min(1)).min(1).max(16),
    /** The word that means relevant: one token. */
    yes: z.string().min(1),
    /** The word that means the opposite; without it the score is the logit of `yes`. */
    no: z.string().min(1).optional(),
    /** What `{instruction}` is replaced by. */
    instruction: z.string().optional(),
  })
  .refine(({ pieces }) => isOrdered(pieces), {
    message: 'pieces need one {query}, then one {passage} at the end of its piece',
  });

/** The text around query and passage that a decoder reads. */
export type PromptTemplate = z.infer<typeof promptTemplateSchema>;

/** The prompts that two published kinds of decoder were trained with. They are chosen by the manifest, never by a model's name. */
export const promptTemplates = {
  'qwen3-reranker': {
    pieces: [
      '<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. ' +
        'Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n',
      '<Instruct>: {instruction}\n<Query>: {query}\n<Document>: {passage}',
      '<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n',
    ],
    yes: 'yes',
    no: 'no',
    instruction: 'Given a web search query, retrieve relevant passages that answer the query',
  },
  'bge-reranker-v2-gemma': {
    pieces: [
      '<bos>',
      'A: {query}',
      '\n',
      'B: {passage}',
      '\n',
      'Given a query A and a passage B, determine whether the passage contains an answer to the query by providing a ' +
        "prediction of either 'Yes' or 'No'.",
    ],
    yes: 'Yes',
  },
} satisfies Record<string, PromptTemplate>;

export const promptTemplateNames = Object.keys(promptTemplates) as (keyof typeof promptTemplates)[];

function isOrdered(pieces: readonly string[]): boolean {
  const text = pieces.join('');
  const once = (place: string) => text.split(place).length === 2;
  return (
    once('{query}') &&
    once('{passage}') &&
    text.indexOf('{query}') < text.indexOf('{passage}') &&
    pieces.some((piece) => piece.endsWith('{passage}'))
  );
}
