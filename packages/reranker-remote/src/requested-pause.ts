/** Longest pause that is taken from a header of a limit: their windows are a minute. */
const longestPause = 60_000;

/**
 * How long a service asks us to wait, in milliseconds: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), or
 * `retry-after-ms`. Undefined where it says nothing, or nothing that can be read.
 */
export function retryAfterMs(headers: Headers, now: number = Date.now()): number | undefined {
  const exact = headers.get('retry-after-ms');
  if (exact !== null && /^\d+(?:\.\d+)?$/.test(exact)) return Number(exact);
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value) * 1000;
  // A date begins with its weekday; much else is a date to JavaScript, such as -3.
  const date = /^[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

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
