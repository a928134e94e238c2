/** The longest that a timer can wait, in milliseconds: 24.8 days. Told to wait longer, `setTimeout` does not wait at all. */
export const LONGEST_DELAY = 2 ** 31 - 1;

/** Whether a timer can wait for so many milliseconds. For a time that it cannot, none is to be set. */
export function timerHolds(milliseconds: number): boolean {
  return milliseconds <= LONGEST_DELAY;
}
