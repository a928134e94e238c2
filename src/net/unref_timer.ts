interface DenoTimers {
  unrefTimer(timer: unknown): void;
}

const { Deno: deno } = globalThis as unknown as { readonly Deno?: DenoTimers };

/**
 * Lets the process end although a timer is still running. Node and Bun have objects for timers, Deno has
 * numbers.
 */
export function unrefTimer(timer: unknown): void {
  if (typeof timer === "number") deno?.unrefTimer(timer);
  else (timer as { unref(): void }).unref();
}
