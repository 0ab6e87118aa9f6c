/**
 * The longest time for which the event loop did not come round while `work` ran, in milliseconds: a timer of 1 ms that
 * is late was held up. What an idle loop shows on the same machine, a timer's own lateness, is part of it.
 */
export async function longestGapDuring(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  await work();
  look();
  clearInterval(timer);
  return longest;
}
