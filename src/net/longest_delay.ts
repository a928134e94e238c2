/** The longest delay in milliseconds that a timer keeps: one for longer fires at once. */
export const LONGEST_DELAY = 2 ** 31 - 1;
