/**
 * Run as a process of its own, with the package as it is published: opens a tokenizer that is read in another process, and
 * prints that process's id and the ids of a word. `exit`: closes nothing, and must end by itself. `hang`: is at work on a slow
 * text when it is killed.
 */
import { openTokenizer } from '@secondpass/runtime-common';
import { slowText } from './hostile-tokenizers.ts';
import { tokenizerProcesses } from './separate-processes.ts';

const [directory, then] = process.argv.slice(2);
const tokenizer = await openTokenizer(directory!);
const [ids] = await tokenizer.encode(['bread']);
if (then === 'hang') void tokenizer.encode([slowText]);
process.stdout.write(JSON.stringify({ pids: tokenizerProcesses(), ids: [...ids!] }));
