import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Graph } from '../../src/graph/graph.ts';
import { decodeModel, encodeModel } from '../../src/graph/onnx/onnx-codec.ts';
import type { ModelProto } from '../../src/graph/onnx/onnx-proto.ts';
import { int64Tensor, numbersOf } from '../../src/graph/onnx/tensor-values.ts';
import { UneditableGraph } from '../../src/graph/uneditable-graph.ts';

const exports = fileURLToPath(new URL('./exports/', import.meta.url));
const files = readdirSync(exports).map((name) => new Uint8Array(readFileSync(exports + name)));

describe('an ONNX file', () => {
  test('comes out as it went in', () => {
    for (const file of files) {
      const model = decodeModel(file);
      expect(decodeModel(encodeModel(model))).toEqual(model);
    }
  });

  test('keeps fields that the schema does not name', () => {
    // Field 1000, a varint of 5, behind the model's own fields.
    const model = decodeModel(new Uint8Array([...files[0]!, 0xc0, 0x3e, 5]));
    expect(model.unknown).toEqual([{ number: 1000, wireType: 0, bytes: Uint8Array.of(5) }]);
    expect([...encodeModel(model).slice(-3)]).toEqual([0xc0, 0x3e, 5]);
  });

  test('is refused where it is cut short', () => {
    expect(() => decodeModel(files[0]!.subarray(0, files[0]!.length - 7))).toThrow();
  });

  test('holds 64-bit numbers whole', () => {
    const ends = numbersOf(int64Tensor('ends', [1], [9223372036854775807n]));
    expect(ends).toEqual(BigInt64Array.of(9223372036854775807n));
  });
});

describe('Graph', () => {
  test('look-ups agree with the file after any edits', () => {
    const edits = fc.array(
      fc.tuple(fc.constantFrom('add', 'replace', 'remove', 'constant'), fc.nat(), fc.nat()),
    );
    fc.assert(
      fc.property(edits, (steps) => {
        const graph = new Graph(chain());
        for (const [kind, first, second] of steps) edit(graph, kind, first, second);
        expectConsistent(graph);
        const before = graph.outputs;
        graph.removeDead();
        const again = new Graph(decodeModel(encodeModel(graph.finish())));
        expectConsistent(again);
        expect(again.outputs).toEqual(before);
        const made = new Set([...again.inputs, ...again.initializers.keys()]);
        for (const node of again.model.graph!.node) {
          for (const input of node.input) expect(made).toContain(input);
          for (const output of node.output) made.add(output);
        }
      }),
    );
  });

  test('refuses control flow and values that are made twice', () => {
    const twice = chain();
    twice.graph!.node.push({ ...twice.graph!.node[0]! });
    expect(() => new Graph(twice)).toThrow(UneditableGraph);
    const flow = chain();
    const attribute = {
      name: 'body',
      floats: [],
      ints: [],
      strings: [],
      tensors: [],
      typeProtos: [],
      sparseTensors: [],
    };
    flow.graph!.node[0]!.attribute.push({ ...attribute, graphs: [], g: chain().graph! });
    expect(() => new Graph(flow)).toThrow('control flow');
  });
});

function chain(): ModelProto {
  const model = decodeModel(new Uint8Array());
  const empty = {
    node: [],
    initializer: [],
    valueInfo: [],
    quantizationAnnotation: [],
    sparseInitializer: [],
  };
  const value = (name: string) => ({ name, metadataProps: [] });
  model.graph = { ...empty, input: [value('in')], output: [value('out')], metadataProps: [] };
  const node = (input: string, output: string) => ({
    input: [input, input],
    output: [output],
    opType: 'Add',
    attribute: [],
    metadataProps: [],
  });
  model.graph.node.push(node('in', 'a'), node('a', 'b'), node('b', 'out'));
  return model;
}

/** Readers only ever read what comes before them, so that no edit makes a cycle. */
function edit(graph: Graph, kind: string, first: number, second: number): void {
  const values = [
    ...graph.inputs,
    ...graph.initializers.keys(),
    ...graph.sorted().flatMap(({ output }) => output),
  ];
  const [one, other] = [first, second].map((index) => index % values.length).sort((a, b) => a - b);
  const [earlier, later] = [values[one!]!, values[other!]!];
  if (kind === 'add') graph.addNode({ opType: 'Mul', inputs: [earlier, later] });
  if (kind === 'constant') graph.addInitializer(int64Tensor('weight', [1], [first]));
  if (kind === 'replace' && earlier !== later) graph.replaceUses(later, earlier);
  if (kind === 'remove') {
    const unread = [...graph.nodes].find(({ output }) => output.every((value) => isUnread(graph, value)));
    if (unread) graph.removeNode(unread);
  }
}

const isUnread = (graph: Graph, value: string) =>
  graph.consumers(value).length === 0 && !graph.isOutput(value);

function expectConsistent(graph: Graph): void {
  expect(graph.sorted()).toHaveLength(graph.nodes.size);
  for (const node of graph.nodes) {
    for (const output of node.output) expect(graph.producer(output)).toBe(node);
    for (const input of node.input) expect(graph.consumers(input)).toContain(node);
  }
  const values = new Set([...graph.nodes].flatMap(({ input, output }) => [...input, ...output]));
  for (const value of values) {
    for (const reader of graph.consumers(value)) {
      expect(graph.nodes).toContain(reader);
      expect(reader.input).toContain(value);
    }
  }
}
