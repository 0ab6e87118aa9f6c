import type { SourceSettings } from '../../adapters/adapter.ts';
import type { Choice } from '../answers.ts';
import type { PlaceQuestion, SettingsPart } from '../found-place.ts';
import type { CatalogIndex, CatalogTable, TableSample } from './postgres-catalog.ts';
import { isVector } from './postgres-types.ts';

/** A vector column, or its cast in an index expression, in the adapter's notation: `embedding::halfvec(3072)`. */
interface VectorColumn {
  readonly vector: string;
  readonly dimensions: number | undefined;
  readonly indexes: readonly VectorIndex[];
}

interface VectorIndex {
  readonly method: 'hnsw' | 'ivfflat';
  readonly metric: string;
}

export function vectorQuestion(table: CatalogTable, sample: TableSample): PlaceQuestion {
  const choices = vectorColumns(table, sample).map(({ vector, dimensions, indexes }) => ({
    name: vector,
    hint: [
      dimensions === undefined ? 'no vector yet' : `${dimensions} numbers`,
      ...(indexes.length === 0 ? ['no index'] : indexes.map(({ method, metric }) => `${method}, ${metric}`)),
    ].join(' · '),
    value: { settings: { columns: { vector } }, dimensions },
  }));
  return {
    flag: 'vector',
    message: 'Which column holds the vectors?',
    many: 'columns of vectors',
    choices: () => choices,
  };
}

/** Asks for metric and index: one of the existing indexes, or any metric if there is none. */
export function metricQuestion(table: CatalogTable): PlaceQuestion {
  const columns = vectorColumns(table, { lengths: new Map(), dimensions: new Map() });
  return {
    flag: 'metric',
    message: 'Which metric compares vectors? Choose the one that their model was trained for.',
    many: 'metrics',
    choices: ({ columns: chosen }): readonly Choice<SettingsPart>[] => {
      const { vector } = chosen as SourceSettings;
      const { indexes = [] } = columns.find((column) => column.vector === vector) ?? {};
      if (indexes.length === 0) {
        return Object.values(metrics).map((metric) => ({
          name: metric,
          hint: 'no index: every row is compared',
          value: { settings: { ...(metric !== 'cosine' && { metric }), search: 'exact' } },
        }));
      }
      // HNSW first, if a metric has both kinds of index.
      const ordered = [...indexes].sort((a, b) => a.method.localeCompare(b.method));
      const byMetric = new Map(ordered.reverse().map((index) => [index.metric, index.method]));
      return [...byMetric].map(([metric, search]) => ({
        name: metric,
        hint: `${search} index`,
        value: {
          settings: { ...(metric !== 'cosine' && { metric }), ...(search !== 'hnsw' && { search }) },
        },
      }));
    },
    preset: () => 'cosine',
  };
}

const metrics: Readonly<Record<string, string>> = { cosine: 'cosine', ip: 'inner-product', l2: 'l2' };

function vectorColumns({ columns, indexes }: CatalogTable, sample: TableSample): readonly VectorColumn[] {
  const vectors = columns.filter(isVector);
  const plain = vectors.map(({ name, dimensions }) => ({
    vector: name,
    dimensions: dimensions ?? sample.dimensions.get(name),
    indexes: indexes.filter(({ columns: [column] }) => column === name).flatMap(vectorIndex),
  }));
  const casts = new Map<string, VectorColumn>();
  for (const index of indexes) {
    const [, quoted, bare, type, digits] =
      /^\(+(?:"((?:[^"]|"")+)"|(\w+))\)?::(vector|halfvec)\((\d+)\)\)*$/.exec(index.expression ?? '') ?? [];
    const column = quoted?.replaceAll('""', '"') ?? bare;
    if (column === undefined || !vectors.some(({ name }) => name === column)) continue;
    const vector = `${column}::${type}(${digits})`;
    const before = casts.get(vector)?.indexes ?? [];
    casts.set(vector, { vector, dimensions: Number(digits), indexes: [...before, ...vectorIndex(index)] });
  }
  // If a cast has an index and the column has none, searches should use the cast.
  const isCast = (column: string) => [...casts.keys()].some((cast) => cast.startsWith(`${column}::`));
  const kept = plain.filter((column) => column.indexes.length > 0 || !isCast(column.vector));
  return [...kept, ...casts.values()];
}

function vectorIndex({ method, operators }: CatalogIndex): readonly VectorIndex[] {
  if (method !== 'hnsw' && method !== 'ivfflat') return [];
  const metric = metrics[/^(?:vector|halfvec)_(cosine|ip|l2)_ops$/.exec(operators)?.[1] ?? ''];
  return metric === undefined ? [] : [{ method, metric }];
}
