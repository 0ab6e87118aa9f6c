// From a checkout Node runs the TypeScript itself; from the published package there is JavaScript only.
/** The file that a thread runs which holds a model. */
export const sessionScript = new URL(
  import.meta.url.endsWith('.ts') ? './session-worker.ts' : './session-worker.js',
  import.meta.url,
);
