import type { TensorOf } from './feeds.ts';

/** A graph that a build of ONNX Runtime has loaded. */
export interface LoadedGraph<Tensor> {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(
    feeds: Record<string, Tensor>,
    outputs: readonly string[],
  ): Promise<
    Readonly<
      Record<string, { readonly type: string; readonly data: unknown; readonly dims: readonly number[] }>
    >
  >;
  release(): Promise<void>;
}

/** One build of ONNX Runtime, native or WebAssembly, as the thread that runs a model uses it. */
export interface OnnxBuild<Tensor> {
  /**
   * @param path absolute path of the ONNX file
   * @param provider what it computes with, such as `cpu`
   * @param threads inside one operator
   */
  open(path: string, provider: string, threads: number): Promise<LoadedGraph<Tensor>>;
  readonly tensorOf: TensorOf<Tensor>;
}
