import { z } from 'zod';

/** What calibration measured for one input of linear layers. */
const layerRangeSchema = z.object({
  /** Stored weights of the layers that read this input. */
  weights: z.array(z.string()).min(1),
  /** Smallest and largest number seen. */
  low: z.number(),
  high: z.number(),
  /** Largest magnitude seen in each channel; as many as the weights have rows. */
  channels: z.array(z.number().min(0)).min(1),
});

/** `onnx/activation_ranges.json`: what static int8 needs to know in addition to the graph. */
export const activationRangesSchema = z.object({
  /** Version of this format. */
  version: z.literal(1),
  /** Digest of the ONNX file that was measured, hexadecimal. */
  graph: z.string().regex(/^[0-9a-f]{64}$/),
  /** How many texts, or pairs of texts, were read. */
  texts: z.int().min(1),
  layers: z.array(layerRangeSchema),
});

export type LayerRange = z.infer<typeof layerRangeSchema>;
export type ActivationRanges = z.infer<typeof activationRangesSchema>;
