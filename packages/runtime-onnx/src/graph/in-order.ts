import type { NodeProto } from './onnx/onnx-proto.ts';
import { UneditableGraph } from './uneditable-graph.ts';

/** Nodes so that each comes after those that it reads. @throws UneditableGraph for a cycle */
export function inOrder(
  nodes: Iterable<NodeProto>,
  producer: (value: string) => NodeProto | undefined,
): NodeProto[] {
  const order: NodeProto[] = [];
  const state = new Map<NodeProto, 'open' | 'done'>();
  for (const root of nodes) {
    const stack = [root];
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      const missing = node.input
        .map((input) => producer(input))
        .filter((before) => before !== undefined && state.get(before) !== 'done') as NodeProto[];
      if (missing.some((before) => state.get(before) === 'open')) throw new UneditableGraph('it has a cycle');
      if (missing.length > 0 && state.get(node) === undefined) {
        state.set(node, 'open');
        stack.push(...missing);
        continue;
      }
      stack.pop();
      if (state.get(node) === 'done') continue;
      state.set(node, 'done');
      order.push(node);
    }
  }
  return order;
}
