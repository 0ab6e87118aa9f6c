/** A stretch of a file below one heading. */
export interface Section {
  /** Headings from the outermost to the nearest; empty before the first. */
  readonly headings: readonly string[];
  /** Paragraphs, lists, tables and code blocks, as plain text. */
  readonly blocks: readonly string[];
}

/** Collects sections while a file is read from top to bottom. */
export class SectionBuilder {
  readonly #sections: Section[] = [];
  #path: { level: number; heading: string }[] = [];
  #blocks: string[] = [];

  heading(level: number, heading: string): void {
    this.#close();
    this.#path = this.#path.filter((outer) => outer.level < level);
    if (heading !== '') this.#path.push({ level, heading });
  }

  block(text: string): void {
    const trimmed = text.trim();
    if (trimmed !== '') this.#blocks.push(trimmed);
  }

  sections(): readonly Section[] {
    this.#close();
    return this.#sections;
  }

  #close(): void {
    if (this.#blocks.length > 0) {
      this.#sections.push({ headings: this.#path.map(({ heading }) => heading), blocks: this.#blocks });
    }
    this.#blocks = [];
  }
}
