import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface OfficialRequest {
  readonly client: 'cohere' | 'voyage' | 'ai-sdk';
  readonly url: string;
  readonly model: string;
  readonly apiKey: string;
  readonly query: string;
  readonly documents: readonly string[];
}

/** What a service's own client reads from a server. In a process of its own: in the test runner's they load for seconds. */
export async function askOfficialClient(
  request: OfficialRequest,
): Promise<readonly { readonly index: number; readonly score: number }[]> {
  const script = fileURLToPath(new URL('./official-clients.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(request)]);
  return JSON.parse(stdout);
}
