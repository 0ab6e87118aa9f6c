import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where peers' packages and generated models are kept between runs: gigabytes that no workspace should hold. */
export const cacheFolder =
  process.env['SECONDPASS_BENCH_CACHE'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'secondpass-bench');
