import type { Dimension } from '../dimensions.ts';
import type { Graph } from '../graph.ts';
import { integerAttribute } from '../onnx/attributes.ts';
import type { NodeProto } from '../onnx/onnx-proto.ts';
import { int64Tensor } from '../onnx/tensor-values.ts';
import type { Pass, Shapes } from './pass.ts';
import { reshapeTarget } from './reshape-target.ts';
import { ruleOf } from './rule-of.ts';
import type { Demands } from './selection-rules.ts';

interface Plan {
  /** Values that shrink to one position, and the axis. */
  readonly shrunk: Map<string, number>;
  /** Nodes that make them, and what each needs of its inputs. */
  readonly demands: Map<NodeProto, Demands>;
  readonly stops: string[];
}

const pass = 'first token only';

/**
 * Computes the last layer for the first token only, if only the first token's vector is read. The selection moves
 * from its readers up through every operator that works position by position, as far as the queries of the last
 * attention; keys and values are still computed for all tokens. The axis stays, with size 1, so that no rank changes.
 */
export const firstToken: Pass = (graph, shapes) => {
  const plan = planOf(graph, shapes);
  const products = [...plan.demands.keys()].filter(({ opType }) => opType === 'MatMul' || opType === 'Gemm');
  if (plan.stops.length === 0 && plan.demands.size === 0) {
    return { pass, applied: 0, notes: ['Nothing reads only the first token of a layer.'] };
  }
  if (products.length === 0) return { pass, applied: 0, notes: plan.stops };
  for (const node of plan.demands.keys())
    if (node.opType === 'Reshape') shrinkReshape(graph, shapes, plan, node);
  for (const [value, axis] of plan.shrunk) {
    shapes.set(value, onePosition(shapes, value, axis));
  }
  for (const [node, demands] of plan.demands) cutInputs(graph, shapes, plan, node, demands);
  return { pass, applied: products.length, notes: [...new Set(plan.stops)] };
};

function planOf(graph: Graph, shapes: Shapes): Plan {
  const plan: Plan = { shrunk: new Map(), demands: new Map(), stops: [] };
  for (const node of graph.sorted().reverse()) {
    const [value = '', ...others] = node.output;
    if (others.some((other) => other !== '' && (graph.consumers(other).length > 0 || graph.isOutput(other))))
      continue;
    const axis = wantedAxis(graph, shapes, plan, value);
    if (axis === undefined) continue;
    const demands = ruleOf(node)?.({ graph, shapes, node, axis, rank: shapes.get(value)!.length });
    if (!demands) {
      plan.stops.push(`The selection stops below ${node.opType} (${node.name ?? value}).`);
      continue;
    }
    plan.shrunk.set(value, axis);
    plan.demands.set(node, demands);
  }
  return plan;
}

/** The axis on which every reader of a value wants only the first position. */
function wantedAxis(graph: Graph, shapes: Shapes, plan: Plan, value: string): number | undefined {
  if (graph.isOutput(value) || !shapes.has(value)) return undefined;
  const wanted = new Set<number | 'whole'>();
  for (const reader of graph.consumers(value)) {
    for (const [index, input] of reader.input.entries()) {
      if (input !== value) continue;
      const demands = plan.demands.get(reader);
      wanted.add(demands ? demands[index]! : index === 0 ? firstPosition(graph, shapes, reader) : 'whole');
    }
  }
  const [axis] = wanted;
  return wanted.size === 1 && typeof axis === 'number' ? axis : undefined;
}

/** The axis of which a `Gather` or `Slice` reads position 0 and nothing else. */
function firstPosition(graph: Graph, shapes: Shapes, node: NodeProto): number | 'whole' {
  const dims = shapes.get(node.input[0]!) ?? [];
  const axis =
    node.opType === 'Gather'
      ? gatheredAxis(graph, node)
      : node.opType === 'Slice'
        ? slicedAxis(graph, node)
        : undefined;
  if (axis === undefined) return 'whole';
  const own = axis < 0 ? axis + dims.length : axis;
  return dims[own] === 'sequence' ? own : 'whole';
}

function gatheredAxis(graph: Graph, node: NodeProto): number | undefined {
  const indices = graph.numbers(node.input[1]!);
  return indices?.length && indices.every((index) => index === 0)
    ? integerAttribute(node, 'axis', 0)
    : undefined;
}

function slicedAxis(graph: Graph, { input }: NodeProto): number | undefined {
  const [starts, ends, axes, steps] = input.slice(1).map((name) => graph.numbers(name));
  if (!starts || !ends || !axes || (input[4] && !steps)) return undefined;
  const at = starts.findIndex(
    (start, index) => start === 0 && ends[index] === 1 && (steps?.[index] ?? 1) === 1,
  );
  return at === -1 ? undefined : axes[at];
}

/** The rule for `Reshape` has checked that a target exists. */
function shrinkReshape(graph: Graph, shapes: Shapes, plan: Plan, node: NodeProto): void {
  const [value = ''] = node.output;
  const target = reshapeTarget(
    onePosition(shapes, node.input[0]!, plan.demands.get(node)![0]),
    onePosition(shapes, value, plan.shrunk.get(value)),
  )!;
  graph.setInput(node, 1, graph.addInitializer(int64Tensor('target', [target.length], target)));
  node.attribute = node.attribute.filter(({ name }) => name !== 'allowzero');
}

function onePosition(
  shapes: Shapes,
  value: string,
  axis: number | 'whole' | undefined,
): readonly Dimension[] {
  return shapes.get(value)!.map((dimension, each) => (each === axis ? 1 : dimension));
}

/** Takes the first position of inputs that stay whole for others. */
function cutInputs(graph: Graph, shapes: Shapes, plan: Plan, node: NodeProto, demands: Demands): void {
  for (const [index, axis] of demands.entries()) {
    const value = node.input[index]!;
    if (axis === 'whole' || plan.shrunk.has(value)) continue;
    const cut = firstOf(graph, value, axis);
    shapes.set(cut, onePosition(shapes, value, axis));
    graph.setInput(node, index, cut);
  }
}

function firstOf(graph: Graph, value: string, axis: number): string {
  const name = `${value}_first_${axis}`;
  if (graph.producer(name)) return name;
  const settings = [0, 1, axis].map((size) => graph.addInitializer(int64Tensor('position', [1], [size])));
  return graph.addNode({ opType: 'Slice', inputs: [value, ...settings], outputs: [name], name });
}
