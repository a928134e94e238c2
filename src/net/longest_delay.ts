/**
 * Longest delay of a timer, in milliseconds: 24.8 days. With a longer one `setTimeout` calls back at once.
 */
export const LONGEST_DELAY = 2 ** 31 - 1;

/** Checks if a timer can have a delay. For a longer one no timer must be set. */
export function timerHolds(milliseconds: number): boolean {
  return milliseconds <= LONGEST_DELAY;
}
