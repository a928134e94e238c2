// Prints what `AsyncLocalStorage` has inside calls by `ownContext()`, as JSON.

import { AsyncLocalStorage } from "node:async_hooks";
import { ownContext } from "../../src/net/own_context.ts";

const storage = new AsyncLocalStorage<string>();
const seen: Record<string, unknown> = {};

storage.enterWith("owner's");
const context = ownContext();
const call = <A>(work: (argument: A) => void, argument: A) => context.run(work, argument);
storage.enterWith("caller's");

call((name) => {
  seen[name] = storage.getStore();
  storage.enterWith("entered in the first call");
}, "first");
call((name) => {
  seen[name] = storage.getStore();
  storage.run("run in the second call", () => call((inner) => seen[inner] = storage.getStore(), "nested"));
}, "second");
seen["caller after calls"] = storage.getStore();

const { promise, resolve } = Promise.withResolvers<void>();
call(async (name) => {
  storage.enterWith("entered in the asynchronous call");
  await new Promise((resolve) => setTimeout(resolve, 1));
  seen[name] = storage.getStore();
  call((inner) => seen[inner] = storage.getStore(), "from an asynchronous call");
  resolve();
}, "asynchronous");
await promise;
call((name) => seen[name] = storage.getStore(), "last");

console.log(JSON.stringify(seen));
