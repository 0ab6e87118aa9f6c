/** One of Qdrant's conditions, as JSON; a whole filter is one too. */
export type QdrantCondition = Readonly<Record<string, unknown>>;
