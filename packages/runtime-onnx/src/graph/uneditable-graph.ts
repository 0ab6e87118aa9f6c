/** A graph that this editor could break: it has control flow, or uses the same name twice. */
export class UneditableGraph extends Error {}
