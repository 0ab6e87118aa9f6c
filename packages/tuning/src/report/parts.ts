import { type Markup, markup } from './markup.ts';

export interface FigureRequest {
  readonly heading: string;
  readonly caption: string;
  readonly chart: Markup;
  /** The same numbers as a table, in a collapsed section. */
  readonly data?: Markup;
}

export function figure({ heading, caption, chart, data }: FigureRequest): Markup {
  return markup`<section><h2>${heading}</h2><figure>${chart}<figcaption>${caption}</figcaption></figure>
${data && markup`<details><summary>The numbers</summary>${data}</details>`}</section>`;
}

/** A table whose first column names the row. Cells that begin with a digit or a sign are right-aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const css = (cell: string) => (/^[\d+−±]/.test(cell) ? 'number' : 'words');
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="table: ${head.join(', ')}"><table><thead><tr>${head.map(
    (cell, index) => markup`<th scope="col" class="${css(rows[0]?.[index] ?? '')}">${cell}</th>`,
  )}</tr></thead><tbody>${rows.map(
    ([first = '', ...rest]) =>
      markup`<tr><th scope="row">${first}</th>${rest.map((cell) => markup`<td class="${css(cell)}">${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}
