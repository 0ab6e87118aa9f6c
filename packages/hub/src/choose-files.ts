import { type Precision, RetrievalError } from '@secondpass/core';

/** The graph of each precision, as the repository names it. */
export type Graphs = Readonly<Partial<Record<Precision, string | undefined>>>;

export interface ChosenFiles {
  readonly paths: readonly string[];
  readonly graphs: Graphs;
}

const needed = ['config.json', 'tokenizer.json'];
const wanted = [
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'modules.json',
  'config_sentence_transformers.json',
  'sentence_bert_config.json',
  'secondpass.json',
];
/** The modules of sentence-transformers: `1_Pooling`, `2_Dense`, … */
const moduleFile = /^\d+_[A-Za-z]+\/(?:config\.json|model\.safetensors)$/;
const weights = /\.(?:safetensors|bin|gguf|onnx|h5|msgpack|pt|pth)$/;

const graphsOf: Record<Precision, readonly string[]> = {
  fp32: ['onnx/model.onnx', 'model.onnx'],
  int8: [
    'onnx/model_quantized.onnx',
    'onnx/model_int8.onnx',
    'model_quantized.onnx',
    // sentence-transformers' names state the processor. AVX2 graphs run on every x64 processor; AVX-512 graphs
    // without VNNI may overflow.
    ...(process.arch === 'arm64'
      ? ['onnx/model_qint8_arm64.onnx']
      : ['onnx/model_quint8_avx2.onnx', 'onnx/model_qint8_avx512_vnni.onnx', 'onnx/model_qint8_avx512.onnx']),
  ],
};

/**
 * The files of a repository that are needed: configuration, tokenizer, modules, and one graph with its external data.
 *
 * @param precision by default `fp32` if there is such a graph, otherwise `int8`
 * @param include further paths to fetch
 * @throws RetrievalError `model-unsupported` naming the existing weights or the missing files
 */
export function chooseFiles(
  model: string,
  paths: readonly string[],
  {
    precision,
    include = [],
  }: { readonly precision?: Precision | undefined; readonly include?: readonly string[] },
): ChosenFiles {
  const present = new Set(paths);
  const find = (one: Precision) => graphsOf[one].find((path) => present.has(path));
  const chosen = precision ?? (find('fp32') ? 'fp32' : 'int8');
  const graph = find(chosen);
  if (graph === undefined) throw withoutGraph(model, paths, precision);
  const missing = [...needed, ...include].filter((path) => !present.has(path));
  if (missing.length > 0) {
    throw new RetrievalError({
      code: 'model-unsupported',
      origin: model,
      problem: `The repository has no ${missing.join(' and no ')}.`,
      nextStep: missing.includes('tokenizer.json')
        ? `In Python, AutoTokenizer.from_pretrained("${model}").save_pretrained("DIR") writes tokenizer.json; give the directory instead of the name.`
        : 'Check the name and the revision.',
    });
  }
  const isExternalData = (path: string) =>
    path.startsWith(`${graph}_data`) || path.startsWith(`${graph}.data`);
  const extra = paths.filter(
    (path) => wanted.includes(path) || moduleFile.test(path) || isExternalData(path),
  );
  return { paths: [...new Set([...needed, ...extra, ...include, graph])], graphs: { [chosen]: graph } };
}

function withoutGraph(
  model: string,
  paths: readonly string[],
  precision: Precision | undefined,
): RetrievalError {
  const there = paths.filter((path) => weights.test(path));
  const shown = there.slice(0, 8).join(', ') + (there.length > 8 ? ` and ${there.length - 8} more` : '');
  const graphs = there.some((path) => path.endsWith('.onnx'));
  return new RetrievalError({
    code: 'model-unsupported',
    origin: model,
    problem: `The repository has no ${precision === undefined ? '' : `${precision} `}ONNX graph with a known name; its weights are ${shown || 'missing'}.`,
    nextStep: graphs
      ? 'Ask for the other --precision, or copy the graph you want to DIR/onnx/model.onnx, next to config.json and tokenizer.json, and give DIR instead of the name.'
      : `In Python, sentence_transformers.CrossEncoder("${model}", backend="onnx").save_pretrained("DIR") writes one (SentenceTransformer for an embedder); give DIR instead of the name.`,
  });
}
