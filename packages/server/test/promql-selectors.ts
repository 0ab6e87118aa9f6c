import { parser } from '@prometheus-io/lezer-promql';

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

/** What an expression asks of one metric. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** Labels that the expression groups it by. */
  readonly groupedBy: readonly string[];
}

type Node = NonNullable<ReturnType<typeof parser.parse>['topNode']['firstChild']>;

/**
 * The metrics that a PromQL expression reads, by the grammar of Prometheus' own editor.
 *
 * @throws Error where the expression is no PromQL
 */
export function selectorsOf(expression: string): Selector[] {
  const text = (node: Node | null): string => (node ? expression.slice(node.from, node.to) : '');
  const found: Selector[] = [];
  const visit = (node: Node, groupedBy: readonly string[]): void => {
    if (node.type.isError) {
      throw new Error(`Not PromQL at "${expression.slice(Math.max(0, node.from - 20), node.to + 20)}".`);
    }
    if (node.name === 'VectorSelector') found.push(...selectorsAt(node, groupedBy, text));
    const own =
      node.getChild('AggregateModifier')?.getChild('GroupingLabels')?.getChildren('LabelName') ?? [];
    for (let child = node.firstChild; child; child = child.nextSibling) {
      visit(child, [...groupedBy, ...own.map(text)]);
    }
  };
  visit(parser.parse(expression).topNode, []);
  return found;
}

/** One for each name of a selector, which may list them: `{__name__=~"a|b"}`. */
function selectorsAt(
  node: Node,
  groupedBy: readonly string[],
  text: (node: Node | null) => string,
): Selector[] {
  const all = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
    label: text(matcher.getChild('LabelName')),
    operator: text(matcher.getChild('MatchOp')),
    value: JSON.parse(text(matcher.getChild('StringLiteral'))) as string,
  }));
  const matchers = all.filter(({ label }) => label !== '__name__');
  const listed = all.find(({ label }) => label === '__name__')?.value ?? text(node.getChild('Identifier'));
  return listed.split('|').map((metric) => ({ metric, matchers, groupedBy }));
}
