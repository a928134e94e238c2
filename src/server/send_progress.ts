/**
 * The deadline of a client that takes nothing of what is sent to it. A slow client makes progress, if in leaps as large as the
 * buffers of the operating system; a dead one makes none.
 */
export class SendProgress {
  readonly #timeout: number;
  #taken = 0;
  #takenAt: number;

  /**
   * @param timeout Milliseconds without progress; `Infinity` for no limit.
   * @param now The time, in milliseconds.
   */
  constructor(timeout: number, now: number) {
    this.#timeout = timeout;
    this.#takenAt = now;
  }

  /** The operating system took all that was held back. */
  drained(now: number): void {
    this.#takenAt = now;
  }

  /**
   * Whether the client has taken nothing for too long.
   *
   * @param waits Whether there is anything for it to take.
   * @param taken Bytes that the operating system has taken.
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
