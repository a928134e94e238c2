import process from "node:process";
import type { Route } from "./pool_state.ts";

/** Never resolves: the request is in flight when its thread dies. */
const NEVER = new Promise<void>(() => {});

/** Routes that end their thread, each in another way. */
export const crashRoutes: Readonly<Record<string, Route>> = {
  "/crash/throw": () => {
    setTimeout(() => {
      throw new EvalError("nobody catches this");
    }, 0);
    return NEVER;
  },
  "/crash/reject": () => {
    Promise.reject(new EvalError("nobody handles this"));
    return NEVER;
  },
  "/crash/dom": () => {
    AbortSignal.timeout(0).addEventListener(
      "abort",
      ({ target }) => (target as AbortSignal).throwIfAborted(),
    );
    return NEVER;
  },
  "/crash/dom-reject": () => {
    Promise.reject(new DOMException("nobody handles this either", "DataError"));
    return NEVER;
  },
  "/crash/string": () => {
    setTimeout(() => {
      throw "no error";
    }, 0);
    return NEVER;
  },
  "/crash/exit": () => {
    process.exit(7);
  },
  "/crash/deno-exit": () => {
    const { Deno } = globalThis as unknown as { readonly Deno: { exit(code: number): never } };
    Deno.exit(7);
  },
  "/crash/memory": () => {
    const kept: unknown[] = [];
    for (;;) kept.push(new Array(1_000_000).fill(kept.length + 0.5));
  },
  "/crash/loop": () => {
    for (;;);
  },
  // Busy for so many milliseconds.
  "/crash/busy": function spin(req, res): void {
    const end = performance.now() + Number(req.uri.query);
    while (performance.now() < end);
    res.send("done");
  },
  // The head and some of the content are with the client when the thread dies.
  "/crash/streaming": async (_req, res) => {
    await res.start().write("begun");
    setTimeout(() => {
      throw new EvalError("nobody catches this");
    }, 100);
    return NEVER;
  },
};
