import { inOrder } from './in-order.ts';
import { type AttributeValue, attributesOf } from './onnx/attributes.ts';
import type { GraphProto, ModelProto, NodeProto, TensorProto } from './onnx/onnx-proto.ts';
import { numbersOf } from './onnx/tensor-values.ts';
import { UneditableGraph } from './uneditable-graph.ts';

export interface NewNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  /** Names of the outputs. @default one fresh name */
  readonly outputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly domain?: string;
  /** The beginning of fresh names. @default the operator's name */
  readonly name?: string;
}

/**
 * An ONNX graph that can be edited: the node that makes a value, the nodes that read it, fresh names, dead nodes. The
 * look-ups stay right after each edit; `finish` writes the edits into the model.
 *
 * @example
 * import { readFile } from 'node:fs/promises';
 * import { openModelDirectory } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * import { decodeModel, Graph } from '@secondpass/runtime-onnx/graph';
 * const { graph: path } = await openModelDirectory(modelDirectory('nano'));
 * const graph = new Graph(decodeModel(await readFile(path)));
 * graph.inputs.includes('input_ids'); // → true
 */
export class Graph {
  readonly model: ModelProto;
  readonly #graph: GraphProto;
  readonly #nodes = new Set<NodeProto>();
  readonly #producers = new Map<string, NodeProto>();
  readonly #consumers = new Map<string, Set<NodeProto>>();
  readonly #initializers = new Map<string, TensorProto>();
  readonly #names = new Set<string>();

  /** @throws UneditableGraph */
  constructor(model: ModelProto) {
    if (!model.graph) throw new UneditableGraph('the file has no graph');
    this.model = model;
    this.#graph = model.graph;
    if (this.#graph.sparseInitializer.length > 0) throw new UneditableGraph('it has sparse weights');
    for (const { name = '' } of this.#graph.input) this.#names.add(name);
    for (const initializer of this.#graph.initializer) {
      this.#initializers.set(initializer.name ?? '', initializer);
      this.#names.add(initializer.name ?? '');
    }
    for (const node of this.#graph.node) this.#insert(node);
  }

  get inputs(): readonly string[] {
    return this.#graph.input.map(({ name = '' }) => name).filter((name) => !this.#initializers.has(name));
  }

  get outputs(): readonly string[] {
    return this.#graph.output.map(({ name = '' }) => name);
  }

  get nodes(): ReadonlySet<NodeProto> {
    return this.#nodes;
  }

  get initializers(): ReadonlyMap<string, TensorProto> {
    return this.#initializers;
  }

  /** The version of ONNX's own operators, or of another domain's, that the file requires; 0 for none. */
  opset(domain = ''): number {
    const same = (other = '') => other === domain || (domain === '' && other === 'ai.onnx');
    return this.model.opsetImport.find((entry) => same(entry.domain))?.version ?? 0;
  }

  /** Declares that nodes of a domain are used; an existing older version is kept. */
  useDomain(domain: string, version: number): void {
    if (this.opset(domain) === 0) this.model.opsetImport.push({ domain, version });
  }

  /** The node that makes a value; `undefined` for inputs and weights. */
  producer(value: string): NodeProto | undefined {
    return this.#producers.get(value);
  }

  /** Nodes that read a value. */
  consumers(value: string): readonly NodeProto[] {
    return [...(this.#consumers.get(value) ?? [])];
  }

  isOutput(value: string): boolean {
    return this.#graph.output.some(({ name }) => name === value);
  }

  /** The tensor behind a weight, a `Constant` node, or an `Identity` of one. */
  constant(value: string): TensorProto | undefined {
    const initializer = this.#initializers.get(value);
    if (initializer) return initializer;
    const node = this.producer(value);
    if (node?.opType === 'Identity') return this.constant(node.input[0]!);
    if (node?.opType !== 'Constant') return undefined;
    return node.attribute.find(({ name }) => name === 'value')?.t;
  }

  /**
   * The elements of a constant as JavaScript numbers; `undefined` if the value is computed, or has more than `most`
   * elements.
   */
  numbers(value: string, most = 4096): readonly number[] | undefined {
    const tensor = this.constant(value);
    if (!tensor || tensor.dims.reduce((product, dim) => product * dim, 1) > most) return undefined;
    const values = numbersOf(tensor);
    return values && Array.from(values as ArrayLike<number | bigint>, Number);
  }

  freshName(base: string): string {
    for (let count = 0; ; count += 1) {
      const name = count === 0 ? `${base}` : `${base}_${count}`;
      if (this.#names.has(name)) continue;
      this.#names.add(name);
      return name;
    }
  }

  /** @returns the name of the node's first output */
  addNode({ opType, inputs, outputs, attributes = {}, domain, name = opType }: NewNode): string {
    const made = outputs ?? [this.freshName(`${name}_output`)];
    const node: NodeProto = {
      input: [...inputs],
      output: [...made],
      name: this.freshName(`${name}_node`),
      opType,
      attribute: attributesOf(attributes),
      metadataProps: [],
      ...(domain === undefined ? {} : { domain }),
    };
    this.#insert(node);
    return made[0]!;
  }

  /** @returns the weight's name, a fresh one if the name is taken */
  addInitializer(tensor: TensorProto): string {
    const name = this.freshName(tensor.name ?? 'constant');
    tensor.name = name;
    this.#initializers.set(name, tensor);
    return name;
  }

  setInput(node: NodeProto, index: number, value: string): void {
    const before = node.input[index]!;
    node.input[index] = value;
    if (!node.input.includes(before)) this.#consumers.get(before)?.delete(node);
    this.#read(value, node);
  }

  /** Lets every reader of `from`, and the graph's output of that name, read `to` instead. */
  replaceUses(from: string, to: string): void {
    for (const node of this.consumers(from)) {
      for (const [index, input] of node.input.entries()) if (input === from) this.setInput(node, index, to);
    }
    if (this.isOutput(from)) this.#renameOutput(from, to);
  }

  removeNode(node: NodeProto): void {
    this.#nodes.delete(node);
    for (const output of node.output)
      if (this.#producers.get(output) === node) this.#producers.delete(output);
    for (const input of node.input) this.#consumers.get(input)?.delete(node);
  }

  /** Removes nodes and weights that reach no output. @returns how many nodes were removed */
  removeDead(): number {
    const alive = new Set<NodeProto>();
    const open = [...this.outputs];
    const needed = new Set<string>();
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      if (needed.has(value)) continue;
      needed.add(value);
      const node = this.producer(value);
      if (!node || alive.has(node)) continue;
      alive.add(node);
      open.push(...node.input);
    }
    const dead = [...this.#nodes].filter((node) => !alive.has(node));
    for (const node of dead) this.removeNode(node);
    for (const name of this.#initializers.keys()) if (!needed.has(name)) this.#initializers.delete(name);
    return dead.length;
  }

  /** Nodes so that each comes after those that it reads. @throws UneditableGraph for a cycle */
  sorted(): NodeProto[] {
    return inOrder(this.#nodes, (value) => this.producer(value));
  }

  /** Writes the edits into the model. Shapes stated for inner values are dropped: an edit may have made them wrong. */
  finish(): ModelProto {
    const removed = new Set(
      this.#graph.initializer.map(({ name = '' }) => name).filter((name) => !this.#initializers.has(name)),
    );
    this.#graph.node = this.sorted();
    this.#graph.initializer = [...this.#initializers.values()];
    // Old exporters list weights as inputs too; a removed weight must not remain as an input that the caller has to
    // give.
    this.#graph.input = this.#graph.input.filter(({ name = '' }) => !removed.has(name));
    this.#graph.valueInfo = [];
    return this.model;
  }

  #insert(node: NodeProto): void {
    if (node.attribute.some(({ g, graphs }) => g || graphs.length > 0)) {
      throw new UneditableGraph(`it has control flow (${node.opType})`);
    }
    this.#nodes.add(node);
    for (const output of node.output) {
      if (output === '') continue;
      if (this.#producers.has(output)) throw new UneditableGraph(`two nodes make ${output}`);
      this.#producers.set(output, node);
      this.#names.add(output);
    }
    if (node.name) this.#names.add(node.name);
    for (const input of node.input) this.#read(input, node);
  }

  #read(value: string, node: NodeProto): void {
    if (value === '') return;
    const readers = this.#consumers.get(value);
    if (readers) readers.add(node);
    else this.#consumers.set(value, new Set([node]));
  }

  /** The graph's output keeps its name, so the value before it gets another one. */
  #renameOutput(from: string, to: string): void {
    const before = this.producer(from);
    if (before) {
      const other = this.freshName(`${from}_before`);
      before.output = before.output.map((output) => (output === from ? other : output));
      this.#producers.delete(from);
      this.#producers.set(other, before);
    }
    this.addNode({ opType: 'Identity', inputs: [to], outputs: [from], name: from });
  }
}
