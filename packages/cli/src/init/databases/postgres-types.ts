import type { CatalogColumn } from './postgres-catalog.ts';

export const isVector = ({ type }: CatalogColumn): boolean => type === 'vector' || type === 'halfvec';
export const isText = ({ type }: CatalogColumn): boolean =>
  ['text', 'varchar', 'bpchar', 'citext'].includes(type);
export const isJson = ({ type }: CatalogColumn): boolean => type === 'jsonb' || type === 'json';
/** Types that can be compared with a tenant's name as a string. */
export const isString = (column: CatalogColumn): boolean => isText(column) || column.type === 'uuid';
