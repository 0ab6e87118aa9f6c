/** The longest pause that is taken from a rate limit header, because their windows are a minute. */
const longestPause = 60_000;

const budgets = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  ['x-ratelimit-remaining', 'x-ratelimit-reset'],
  ['ratelimit-remaining', 'ratelimit-reset'],
] as const;

/** The pause to make after a good answer, if its rate limit headers say that the budget is used up until then. */
export function usedUpMs(headers: Headers): number | undefined {
  for (const [remaining, reset] of budgets) {
    const left = headers.get(remaining);
    if (left === null || !(Number(left) <= 0)) continue;
    const pause = durationMs(headers.get(reset)?.trim() ?? '');
    if (pause !== undefined) return Math.min(pause, longestPause);
  }
  return undefined;
}

/** Reads seconds, or a duration such as `1m30s` or `250ms`. Points in time, which some services send, are ignored. */
function durationMs(text: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) < 86_400 ? Number(text) * 1000 : undefined;
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/.exec(text);
  if (!parts || text === '') return undefined;
  const [hours, minutes, seconds, milliseconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return hours! * 3_600_000 + minutes! * 60_000 + seconds! * 1000 + milliseconds!;
}
