/** A mapping, or one of its fields, as far as it is read here. */
export interface ElasticMapping {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, ElasticMapping>>;
  readonly dims?: number;
  readonly similarity?: string;
  readonly index?: boolean;
  readonly element_type?: string;
  readonly _meta?: {
    /** What the writer of the adapter noted. */
    readonly secondpass?: {
      readonly dimensions: number;
      readonly tenantField: string | null;
      readonly fields: { readonly text: string; readonly vector: string; readonly payload: string | null };
    };
  };
}

export interface MappedField {
  /** Dots reach into objects. */
  readonly path: string;
  readonly mapping: ElasticMapping;
}

/** Every field of an index, those in objects too. What is `nested` is a document of its own, and left out. */
export function fieldsOf({ properties = {} }: ElasticMapping, parent = ''): readonly MappedField[] {
  return Object.entries(properties).flatMap(([key, mapping]) => {
    if (mapping.type === 'nested') return [];
    const path = `${parent}${key}`;
    return mapping.properties ? fieldsOf(mapping, `${path}.`) : [{ path, mapping }];
  });
}
