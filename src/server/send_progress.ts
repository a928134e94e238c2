/**
 * Deadline of a client that does not read its responses. A slow client makes progress, in steps as large as
 * the buffers of the kernel; a dead client makes none.
 */
export class SendProgress {
  readonly #timeout: number;
  #taken = 0;
  #takenAt: number;

  /**
   * Starts the deadline.
   *
   * @param timeout Milliseconds without progress; `Infinity` for no limit.
   * @param now The time, in milliseconds.
   */
  constructor(timeout: number, now: number) {
    this.#timeout = timeout;
    this.#takenAt = now;
  }

  /** Records that the kernel accepted all pending output. */
  drained(now: number): void {
    this.#takenAt = now;
  }

  /**
   * Checks for a client that has read nothing for too long.
   *
   * @param waits `true` if there is output for the client to read.
   * @param taken Number of bytes that the kernel has accepted.
   */
  expired(now: number, waits: boolean, taken: number): boolean {
    if (!waits || taken !== this.#taken) {
      this.#taken = taken;
      this.#takenAt = now;
      return false;
    }
    return now - this.#takenAt > this.#timeout;
  }
}
