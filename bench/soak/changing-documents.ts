export interface Change {
  readonly at: number;
  readonly source: string;
  readonly action: 'add' | 'delete';
  readonly ids: readonly string[];
  readonly phase: 'begin' | 'done' | 'failed';
}

interface Life {
  readonly source: string;
  readonly addBegins: number;
  addDone: number;
  deleteBegins: number;
  deleteDone: number;
}

/** Which of the documents that come and go were there during a request: surely, perhaps, or not at all. */
export class ChangingDocuments {
  readonly #lives = new Map<string, Life>();

  note({ at, source, action, ids, phase }: Change): void {
    for (const id of ids) {
      if (action === 'add' && phase === 'begin') {
        const never = Number.POSITIVE_INFINITY;
        const life = { source, addBegins: at, addDone: never, deleteBegins: never, deleteDone: never };
        this.#lives.set(id, life);
      }
      const life = this.#lives.get(id);
      if (!life) continue;
      if (action === 'add' && phase === 'done') life.addDone = at;
      if (action === 'delete' && phase === 'begin') life.deleteBegins = Math.min(life.deleteBegins, at);
      if (action === 'delete' && phase === 'done') life.deleteDone = at;
    }
  }

  /** Of one source, between two moments. */
  during(
    source: string,
    from: number,
    to: number,
  ): { readonly sure: readonly string[]; readonly perhaps: readonly string[] } {
    const sure: string[] = [];
    const perhaps: string[] = [];
    for (const [id, life] of this.#lives) {
      if (life.source !== source || life.addBegins > to || life.deleteDone < from) continue;
      (life.addDone < from && life.deleteBegins > to ? sure : perhaps).push(id);
    }
    return { sure, perhaps };
  }

  /** Forgets what was gone long before. */
  forgetBefore(moment: number): void {
    for (const [id, { deleteDone }] of this.#lives) if (deleteDone < moment) this.#lives.delete(id);
  }
}
