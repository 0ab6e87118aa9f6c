import type { Hit } from '@secondpass/core';
import { count } from './count.ts';

/** Notes about what stage 2 did not read and what was left out, one per line; none if there is nothing to note. */
export function cutLines(hits: readonly Hit[], belowMinScore = 0): readonly string[] {
  const cut = hits.filter(({ tokensCut = 0 }) => tokensCut > 0);
  const tokens = cut.reduce((sum, { tokensCut = 0 }) => sum + tokensCut, 0);
  const queryTokens = Math.max(0, ...hits.map(({ queryTokensCut = 0 }) => queryTokensCut));
  return [
    ...(cut.length > 0
      ? [`${cut.length} of ${count(hits.length, 'hit')} read in part: ${count(tokens, 'token')} not read`]
      : []),
    ...(queryTokens > 0 ? [`the query was too long: its last ${count(queryTokens, 'token')} not read`] : []),
    ...(belowMinScore > 0 ? [`${count(belowMinScore, 'candidate')} below the minimum score`] : []),
  ];
}
