/** The part of a file below one heading. */
export interface Section {
  /** Headings from the outermost to the nearest; empty before the first. */
  readonly headings: readonly string[];
  /** Paragraphs, lists, tables and code blocks, as plain text. */
  readonly blocks: readonly string[];
}

/** The sections of a file, and what was left out. */
export interface FileText {
  readonly sections: readonly Section[];
  /** The kinds of parts that were left out, in words, such as "front matter"; each once. */
  readonly leftOut: readonly string[];
}

interface OpenHeading {
  readonly level: number;
  readonly heading: string;
  /** Whether the heading already has a section. */
  isKept: boolean;
}

/** Collects sections while a file is read from top to bottom. */
export class SectionBuilder {
  readonly #sections: Section[] = [];
  readonly #leftOut = new Set<string>();
  #path: OpenHeading[] = [];
  #blocks: string[] = [];

  heading(level: number, heading: string): void {
    this.#close();
    this.#leave(this.#path.findIndex((outer) => outer.level >= level));
    if (heading !== '') this.#path.push({ level, heading, isKept: false });
  }

  block(text: string): void {
    const trimmed = text.trim();
    if (trimmed !== '') this.#blocks.push(trimmed);
  }

  leaveOut(what: string): void {
    this.#leftOut.add(what);
  }

  text(): FileText {
    this.#close();
    this.#leave(0);
    return { sections: this.#sections, leftOut: [...this.#leftOut] };
  }

  #close(): void {
    if (this.#blocks.length > 0) this.#keep(this.#path, this.#blocks);
    this.#blocks = [];
  }

  /** Headings without text below become text of the heading above. */
  #leave(from: number): void {
    if (from === -1) return;
    const last = this.#path.at(-1);
    if (last && !last.isKept) this.#keep(this.#path.slice(0, -1), [last.heading]);
    this.#path = this.#path.slice(0, from);
  }

  #keep(path: readonly OpenHeading[], blocks: readonly string[]): void {
    for (const open of path) open.isKept = true;
    this.#sections.push({ headings: path.map(({ heading }) => heading), blocks });
  }
}
