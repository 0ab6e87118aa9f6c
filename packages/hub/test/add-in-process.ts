/** Adds a model in a process of its own: `node add-in-process.ts NAME LOCK_FILE`, with a hub in HF_ENDPOINT. */
import { addModel } from '../src/add-model.ts';
import { readHubSettings } from '../src/hub-settings.ts';

const [name, lockFile] = process.argv.slice(2);
const settings = await readHubSettings(process.env, { backoffMs: 1 });
process.stdout.write('begins ');
const { fetchedBytes } = await addModel(name!, { lockFile: lockFile!, settings });
process.stdout.write(String(fetchedBytes));
