import { AcceptError } from "./errors.ts";
import { unrefTimer } from "./unref_timer.ts";

/** Milliseconds without a failure after which accepting counts as working again. */
const QUIET = 5000;
/** Milliseconds between two reports while accepting goes on failing. */
const REPORT_EVERY = 60_000;
const CHECK_EVERY = 1000;

/** Time source and timers; a test brings its own. */
export interface FailureClock {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Calls back repeatedly, without keeping the process; the result ends that. */
  every(milliseconds: number, call: () => void): () => void;
}

const CLOCK: FailureClock = {
  now: () => performance.now(),
  every: (milliseconds, call) => {
    const timer = setInterval(call, milliseconds);
    unrefTimer(timer);
    return () => clearInterval(timer);
  },
};

/**
 * Reports that a listener cannot accept: the first failure at once, then the number of them once a minute,
 * and once more when there has been none for five seconds. Without this a lack of descriptors would be
 * reported many times a second.
 */
export class AcceptFailures {
  readonly #onError: (error: Error) => void;
  readonly #clock: FailureClock;
  #cause: Error | undefined;
  #failures = 0;
  #began = 0;
  #last = 0;
  #reported = 0;
  #stopChecks: (() => void) | undefined;

  /**
   * @param onError Receives an {@linkcode AcceptError} for each report.
   * @param clock For tests.
   */
  constructor(onError: (error: Error) => void, clock: FailureClock = CLOCK) {
    this.#onError = onError;
    this.#clock = clock;
  }

  /** Counts a failure. */
  failed(cause: Error): void {
    this.#last = this.#clock.now();
    this.#failures++;
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#began = this.#last;
    this.#stopChecks = this.#clock.every(CHECK_EVERY, this.#check);
    this.#report("began");
  }

  /** Ends the reports. */
  stop(): void {
    this.#stopChecks?.();
    this.#stopChecks = undefined;
    this.#cause = undefined;
    this.#failures = 0;
  }

  readonly #check = (): void => {
    const now = this.#clock.now();
    if (now - this.#last >= QUIET) {
      this.#report("ended");
      this.stop();
    } else if (now - this.#reported >= REPORT_EVERY) {
      this.#report("lasts");
    }
  };

  #report(phase: AcceptError["phase"]): void {
    this.#reported = this.#clock.now();
    this.#onError(new AcceptError(phase, this.#last - this.#began, this.#failures, this.#cause!));
  }
}
