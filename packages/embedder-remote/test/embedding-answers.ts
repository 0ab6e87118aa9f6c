import { type Answer, json } from '../../service-client/test/replay-server.ts';

/** Three numbers that tell texts apart. */
export function vectorOf(text: string): number[] {
  return [text.length, text.codePointAt(0)! / 1024, 1];
}

export function asBase64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}

/** A sound service of OpenAI's dialect that writes its vectors in reverse order. */
export const openAi: Answer = (request, response) => {
  const { input, encoding_format, model } = request.body as {
    input: string[];
    encoding_format: string;
    model: string;
  };
  const data = input.map((text, index) => ({
    object: 'embedding',
    index,
    embedding: encoding_format === 'base64' ? asBase64(vectorOf(text)) : vectorOf(text),
  }));
  json({ object: 'list', data: data.reverse(), model, usage: { prompt_tokens: 1, total_tokens: 1 } })(
    request,
    response,
  );
};
