import type { z } from 'zod';
import { RetrievalError } from '../retrieval-error.ts';
import { type ModelManifest } from './model-manifest.ts';
export type Precision = 'fp32' | 'int8';
/** A directory in Hugging Face's layout whose files are present and, where a manifest pins them, unaltered. */
export interface ModelDirectory {
    readonly path: string;
    /** The manifest's name, else the folder's. */
    readonly name: string;
    readonly manifest: ModelManifest;
    /** Absolute path of the ONNX file. */
    readonly graph: string;
    readonly precision: Precision;
}
/**
 * Finds and checks the files of a model.
 *
 * @param precision which graph to run; by default `onnx/model.onnx` where it exists, else `onnx/model_quantized.onnx`
 * @throws RetrievalError `model-not-found` when a file is absent, `model-damaged` when one is altered or unreadable
 */
export declare function openModelDirectory(directory: string, precision?: Precision): Promise<ModelDirectory>;
/**
 * Reads a JSON file of a model directory; `undefined` where it is absent.
 *
 * @throws RetrievalError `model-damaged` when it cannot be parsed or lacks what the schema asks for
 */
export declare function readModelJson<T extends z.ZodType>(directory: string, file: string, schema: T): Promise<z.infer<T> | undefined>;
export declare function sha256Of(path: string): Promise<string>;
export declare function damaged(origin: string, problem: string, cause?: unknown): RetrievalError;
//# sourceMappingURL=model-directory.d.ts.map