/** A thread that reads messages and answers those that ask for it. */
import { parentPort } from 'node:worker_threads';

parentPort!.on('message', (message) => {
  if (message === 'answer') parentPort!.postMessage(message);
});
