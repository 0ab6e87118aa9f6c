/** The parts of a mapping, or of one of its fields, that are read here. */
export interface ElasticMapping {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, ElasticMapping>>;
  readonly dims?: number;
  readonly similarity?: string;
  readonly index?: boolean;
  readonly element_type?: string;
  readonly index_options?: { readonly type?: string };
  readonly _meta?: {
    /** The note of the adapter's writer. */
    readonly secondpass?: {
      readonly dimensions: number;
      readonly tenantField: string | null;
      readonly fields: { readonly text: string; readonly vector: string; readonly payload: string | null };
    };
  };
}

export interface MappedField {
  /** The name with its parents, separated by dots. */
  readonly path: string;
  readonly mapping: ElasticMapping;
}

/** All fields of an index, also those inside objects. `nested` fields are left out: they are separate documents. */
export function fieldsOf({ properties = {} }: ElasticMapping, parent = ''): readonly MappedField[] {
  return Object.entries(properties).flatMap(([key, mapping]) => {
    if (mapping.type === 'nested') return [];
    const path = `${parent}${key}`;
    return mapping.properties ? fieldsOf(mapping, `${path}.`) : [{ path, mapping }];
  });
}
