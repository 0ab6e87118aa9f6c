import type { Ranking } from '@secondpass/core';
import { count } from './count.ts';

/** The times of one query by step. */
export function timingsLine({ timings, candidateCount }: Ranking): string {
  const { embedMs, searchMs, rerankMs, totalMs } = timings;
  return [
    `${milliseconds(totalMs)} in total`,
    `embed ${milliseconds(embedMs)}`,
    `search ${milliseconds(searchMs)}`,
    `rerank ${count(candidateCount, 'candidate')} ${milliseconds(rerankMs)}`,
  ].join(' · ');
}

export function milliseconds(duration: number): string {
  return duration < 10_000 ? `${duration.toFixed(duration < 10 ? 1 : 0)} ms` : seconds(duration);
}

export function seconds(duration: number): string {
  return `${(duration / 1_000).toFixed(1)} s`;
}
