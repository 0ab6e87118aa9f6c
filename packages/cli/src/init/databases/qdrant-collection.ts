import type { SourceSettings } from '../../adapters/adapter.ts';
import { askQdrant } from '../../adapters/ask-qdrant.ts';

export interface CollectionFields {
  /** The searchable vectors; the unnamed one is `''`. */
  readonly vectors: readonly {
    readonly name: string;
    readonly dimensions: number;
    readonly distance: string;
  }[];
  /** Fields with string values, with their average number of characters. */
  readonly strings: readonly { readonly name: string; readonly length: number }[];
  readonly objects: readonly string[];
  /** Every field that was found. */
  readonly others: readonly string[];
  /** Fields with a keyword index. */
  readonly keywords: readonly string[];
  /** Those whose keyword index is for tenants. */
  readonly tenants: readonly string[];
  /** The note of the adapter's writer. */
  readonly own: OwnMarker | undefined;
  /** What its vectors are quantized to. */
  readonly quantize: 'int8' | 'binary' | undefined;
}

interface OwnMarker {
  readonly layout: 1;
  readonly textField: string;
  readonly payloadField: string | null;
  readonly tenantField: string | null;
}

interface CollectionInfo {
  readonly config?: {
    readonly params?: { readonly vectors?: Readonly<Record<string, VectorInfo>> | VectorInfo };
    readonly metadata?: { readonly secondpass?: OwnMarker };
    readonly quantization_config?: Readonly<Record<string, unknown>> | null;
  };
  readonly payload_schema?: Readonly<
    Record<string, { readonly data_type?: string; readonly params?: { readonly is_tenant?: boolean } }>
  >;
}

interface VectorInfo {
  readonly size?: unknown;
  readonly distance?: unknown;
  readonly multivector_config?: unknown;
}

/** Reads a collection's description and samples a hundred points, because Qdrant has no schema for payloads. */
export async function readCollection(
  connection: SourceSettings,
  name: string,
  signal: AbortSignal,
): Promise<CollectionFields> {
  const path = `collections/${encodeURIComponent(name)}`;
  const from = { ...connection, collection: name };
  const { result: info = {} } = (await askQdrant(from, path, signal)) as { readonly result?: CollectionInfo };
  const sample = { limit: 100, with_payload: true, with_vector: false };
  const { result: page } = (await askQdrant(from, `${path}/points/scroll`, signal, sample)) as {
    readonly result?: { readonly points?: readonly { readonly payload?: object | null }[] };
  };
  const indexed = Object.entries(info.payload_schema ?? {}).filter(
    ([, { data_type }]) => data_type === 'keyword',
  );
  const own = info.config?.metadata?.secondpass;
  const { scalar, binary } = info.config?.quantization_config ?? {};
  return {
    vectors: vectorsOf(info),
    ...fieldsIn((page?.points ?? []).map(({ payload }) => payload ?? {})),
    keywords: indexed.map(([field]) => field),
    tenants: indexed.filter(([, { params }]) => params?.is_tenant === true).map(([field]) => field),
    own: own?.layout === 1 ? own : undefined,
    quantize: scalar ? 'int8' : binary ? 'binary' : undefined,
  };
}

function vectorsOf({ config }: CollectionInfo): CollectionFields['vectors'] {
  const vectors = config?.params?.vectors ?? {};
  // One unnamed vector, or an object of named ones; a vector may be named "size".
  const named = typeof vectors.size === 'number' ? { '': vectors as VectorInfo } : vectors;
  return Object.entries(named as Readonly<Record<string, VectorInfo>>).flatMap(([name, vector]) => {
    const distance = String(vector.distance);
    const searched = ['Cosine', 'Dot', 'Euclid'].includes(distance) && !vector.multivector_config;
    return searched ? [{ name, dimensions: Number(vector.size), distance }] : [];
  });
}

function fieldsIn(payloads: readonly object[]): Pick<CollectionFields, 'strings' | 'objects' | 'others'> {
  const values = new Map<string, unknown[]>();
  for (const [field, value] of payloads.flatMap(Object.entries)) {
    values.set(field, [...(values.get(field) ?? []), value]);
  }
  const fields = [...values];
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  return {
    strings: fields.flatMap(([name, seen]) => {
      if (!seen.every((value) => typeof value === 'string')) return [];
      return [{ name, length: Math.round(seen.reduce((sum, text) => sum + text.length, 0) / seen.length) }];
    }),
    objects: fields.flatMap(([name, seen]) => (seen.every(isObject) ? [name] : [])),
    others: fields.map(([name]) => name),
  };
}
