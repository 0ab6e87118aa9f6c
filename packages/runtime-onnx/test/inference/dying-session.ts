/** A thread whose graph ends it on one token, as native code that crashes would. */
import { serveSession } from '@secondpass/runtime-common/thread';
import { killingToken } from './killing-token.ts';

type Values = { readonly data: ArrayLike<bigint | number>; readonly dims: readonly number[] };

await serveSession<Values>({
  open: async () => ({
    inputNames: ['input_ids'],
    outputNames: ['logits'],
    async run(feeds: Record<string, Values>) {
      const { data, dims } = feeds['input_ids']!;
      // A turn of the event loop, as ONNX Runtime takes one before it computes.
      await new Promise(setImmediate);
      if (Array.from(data).includes(BigInt(killingToken))) process.exit(1);
      return { logits: { type: 'float32', data: new Float32Array(dims[0]!), dims: [dims[0]!, 1] } };
    },
    release: async () => {},
  }),
  tensorOf: (_, data, dims) => ({ data, dims }),
});
