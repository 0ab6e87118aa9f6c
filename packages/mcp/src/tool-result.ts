import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { rawIntegers, stringifyJson } from '@secondpass/core/extend';

/** A passage as `fetch` returns it. */
export interface FoundPassage {
  readonly id: string;
  readonly text: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The answer as text for the model and as structured content; a failure's message with `isError`. */
export async function toolResult(answer: () => Promise<Record<string, unknown>>): Promise<CallToolResult> {
  try {
    const structuredContent = await answer();
    return {
      content: [{ type: 'text', text: stringifyJson(structuredContent) }],
      structuredContent: rawIntegers(structuredContent),
    };
  } catch (error) {
    return { content: [{ type: 'text', text: (error as Error).message }], isError: true };
  }
}
