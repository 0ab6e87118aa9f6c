import { startModelThread } from '@secondpass/runtime-common';

/** Longest time that work on a graph may take, in milliseconds; the largest models take seconds. */
const timeoutMs = 300_000;

/**
 * Runs a script on a thread of its own until its first message, which is the answer.
 *
 * @param doing names the work in errors, such as `optimizing`
 * @throws Error if the thread fails, ends without an answer, or takes longer than five minutes
 */
export async function answerOfThread<Answer>(script: URL, task: object, doing: string): Promise<Answer> {
  const worker = startModelThread(script, task);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the ${doing} thread ended with code ${code}`)));
      timer = setTimeout(() => reject(new Error(`${doing} took longer than five minutes`)), timeoutMs);
    });
  } finally {
    clearTimeout(timer);
    // A thread that is still working ends by itself: terminating a thread inside the runtime would abort the process.
    worker.unref();
  }
}
