/** Longest pause that is taken from a header of a limit: their windows are a minute. */
const longestPause = 60_000;

const budgets = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  ['x-ratelimit-remaining', 'x-ratelimit-reset'],
  ['ratelimit-remaining', 'ratelimit-reset'],
] as const;

/** How long a sound answer says that nothing more will be answered: a budget is used up, and when it comes back is told. */
export function usedUpMs(headers: Headers): number | undefined {
  for (const [remaining, reset] of budgets) {
    const left = headers.get(remaining);
    if (left === null || !(Number(left) <= 0)) continue;
    const pause = durationMs(headers.get(reset)?.trim() ?? '');
    if (pause !== undefined) return Math.min(pause, longestPause);
  }
  return undefined;
}

/** Seconds, or a duration as `1m30s` or `250ms`. A point in time, which some services send, is left alone. */
function durationMs(text: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) < 86_400 ? Number(text) * 1000 : undefined;
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/.exec(text);
  if (!parts || text === '') return undefined;
  const [hours, minutes, seconds, milliseconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return hours! * 3_600_000 + minutes! * 60_000 + seconds! * 1000 + milliseconds!;
}
