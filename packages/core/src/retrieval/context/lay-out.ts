import type { Candidate } from '../seams/candidate.ts';
import type { Citation } from './context.ts';
import type { CheckedContextOptions } from './context-options.ts';
import type { Unit } from './expansion.ts';
import { passageBlock } from './passage-block.ts';

/** A unit that goes into the context, whole or cut. */
export interface Chosen {
  /** Its rank in the diversified list, from 0. */
  readonly place: number;
  readonly unit: Unit;
  /** The remaining text, if it was cut. */
  readonly cutTo?: string;
}

export interface LaidOut {
  readonly text: string;
  readonly citations: readonly Citation[];
}

type Layout = Pick<CheckedContextOptions, 'order' | 'citationStyle' | 'titleOf'>;

/** The text of the chosen units, numbered from 1 in the order of the text. */
export function layOut(chosen: readonly Chosen[], { order, citationStyle, titleOf }: Layout): LaidOut {
  const byWorth = chosen.toSorted((a, b) => a.place - b.place);
  const arranged = order === 'best-first' ? byWorth : bestAtEnds(byWorth);
  const citations: Citation[] = [];
  let text = '';
  for (const [index, { unit, cutTo }] of arranged.entries()) {
    const best = unit.hits.reduce((a, b) => (b.score > a.score ? b : a));
    const number = index + 1;
    const title = titled(titleOf(best.candidate));
    const passage = cutTo ?? unit.text;
    const cut = cutTo !== undefined;
    const { before, body, after } = passageBlock({ number, title, passage, cut }, citationStyle);
    const start = text.length + (index === 0 ? 0 : 2) + before.length;
    text += `${index === 0 ? '' : '\n\n'}${before}${body}${after}`;
    const { id } = best.candidate;
    citations.push({
      number,
      id,
      hitIds: unit.hits.map(({ candidate }) => candidate.id),
      textIds: unit.textIds,
      score: best.score,
      candidate: best.candidate,
      ...(title !== undefined && { title }),
      passage,
      span: { start, end: start + body.length },
      cut,
    });
  }
  return { text, citations };
}

function titled(title: ReturnType<(candidate: Candidate) => string | undefined>): string | undefined {
  return typeof title === 'string' && title.trim() !== '' ? title : undefined;
}

/** 1 3 5 … 6 4 2: the weakest in the middle. */
function bestAtEnds<T>(byWorth: readonly T[]): readonly T[] {
  const front = byWorth.filter((_, index) => index % 2 === 0);
  const back = byWorth.filter((_, index) => index % 2 === 1);
  return [...front, ...back.reverse()];
}
