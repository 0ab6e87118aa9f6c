/** What somebody might write in Qdrant's language to see more than a search is about. */
export const wideningFilters: readonly unknown[] = [
  {},
  { must: [] },
  { should: [] },
  { must_not: [] },
  { should: [{ key: 'payload.tenant', match: { value: 'acme-2' } }, { is_empty: { key: 'nowhere' } }] },
  { key: 'payload.tenant', match: { any: ['acme', 'acme-2'] } },
  { key: 'payload.tenant', match: { except: ['acme'] } },
  { key: 'payload.tenant', match: { text: '' } },
  { must_not: [{ key: 'payload.tenant', match: { value: 'acme' } }] },
  {
    must_not: [
      { must: [{ key: 'payload.tenant', match: { value: 'acme' } }, { is_null: { key: 'nowhere' } }] },
    ],
  },
  { min_should: { conditions: [{ is_empty: { key: 'nowhere' } }], min_count: 1 } },
  { min_should: { conditions: [], min_count: 0 } },
  { nested: { key: 'payload', filter: { must: [] } } },
  { is_empty: { key: 'secondpass.tenant' } },
  { has_id: [1, 2, 3] },
  { filter: { must: [] } },
  { must: [], __proto__: { should: [] } },
  { toJSON: () => ({ should: [{ is_empty: { key: 'nowhere' } }] }) },
  'payload.tenant = acme-2',
  null,
  [],
];
