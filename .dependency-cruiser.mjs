/**
 * The floors of the house, and which may use which. `npm run check` fails on an arrow that goes up, and on any cycle of
 * imports, type-only ones included.
 *
 *     cli, bridges, server → adapters, remote rerankers, model packages → models → runtime
 *                                                                       → retrieval → foundation
 */
const core = '^packages/core/src';
const only = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    only('no-cycles', 'Two files that need each other are one file, or three.', {}, { circular: true }),
    only(
      'foundation-knows-no-floor',
      'Errors, checks and waiting are used by all floors.',
      { path: `${core}/foundation/` },
      { path: `${core}/`, pathNot: `${core}/foundation/` },
    ),
    only(
      'seams-know-no-pipeline',
      'A seam is an interface and the checks of its arguments.',
      { path: `${core}/retrieval/seams/` },
      { path: `${core}/`, pathNot: `${core}/(retrieval/seams|foundation)/` },
    ),
    only(
      'retrieval-knows-no-model',
      'The pipeline works with any Reranker and Embedder.',
      { path: `${core}/retrieval/` },
      { path: `${core}/models/` },
    ),
    only(
      'the-runtime-seam-knows-no-retrieval',
      'A runtime computes numbers from texts; queries and passages are the models’ words.',
      { path: `${core}/models/(runtime|model-directory)/` },
      { path: `${core}/`, pathNot: `${core}/(models/(runtime|model-directory)|foundation)/` },
    ),
    only(
      'models-build-on-seams',
      'A model implements a seam; it does not call the pipeline.',
      { path: `${core}/models/` },
      { path: `${core}/retrieval/`, pathNot: `${core}/retrieval/seams/` },
    ),
    only(
      'core-knows-no-package',
      'Core depends on no other package of this project, and on no native code; it loads the runtime when a model is opened.',
      { path: '^packages/core/src', pathNot: `${core}/models/runtime/load-runtime` },
      { path: '^packages/(?!core/)|node_modules/(onnxruntime|tokenizers|@huggingface)' },
    ),
    only(
      'natives-live-in-the-runtime',
      'Only the native runtime, and what runtimes share, load native libraries.',
      { path: '^packages/(?!runtime-(onnx|common)/)[^/]+/src' },
      { path: 'node_modules/(onnxruntime-node|tokenizers)/' },
    ),
    only(
      'the-runtime-knows-only-its-seam',
      'A runtime uses core’s runtime entry and errors, and what runtimes share; it knows no other runtime.',
      { path: '^packages/(runtime-[^/]+)/src' },
      { path: '^packages/(?!runtime-common/|core/)', pathNot: '^packages/$1/' },
    ),
    only(
      'adapters-do-not-know-each-other',
      'Engines share shape, not code.',
      { path: '^packages/(adapter-[^/]+)/src' },
      { path: '^packages/adapter-', pathNot: '^packages/$1/' },
    ),
    only(
      'nothing-imports-the-command-line',
      'The command line is the top floor.',
      { path: '^packages/(?!cli/|mcp/|server/)[^/]+/src' },
      { path: '^packages/cli/' },
    ),
  ],
  options: {
    parser: 'tsc',
    tsPreCompilationDeps: true,
    includeOnly: '^packages/[^/]+/src',
    exclude: { path: 'node_modules|/dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
};
