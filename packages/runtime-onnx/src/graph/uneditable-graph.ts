/** A graph that this editor would not keep right: it has control flow, or says the same name twice. */
export class UneditableGraph extends Error {}
