import { RUNTIME_TIME, type TimeSource } from "../../src/server/clock.ts";

/**
 * The time of the runtime, moved by jumps: what a machine sees that was suspended, or whose clock was set.
 */
export class JumpingTime implements TimeSource {
  #monotonic = 0;
  #wall = 0;

  monotonic(): number {
    return RUNTIME_TIME.monotonic() + this.#monotonic;
  }

  wall(): number {
    return RUNTIME_TIME.wall() + this.#wall;
  }

  every(milliseconds: number, call: () => void): () => void {
    return RUNTIME_TIME.every(milliseconds, call);
  }

  /** Moves the monotonic clock and the wall clock by so many milliseconds. */
  jump(monotonic: number, wall: number): void {
    this.#monotonic += monotonic;
    this.#wall += wall;
  }
}
