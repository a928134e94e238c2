import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { Server } from "../../mod.ts";
import { type Check, moduleUrl, portOf } from "./check.ts";
import { errorChecks } from "./error_checks.ts";
import { listenChecks } from "./listen_checks.ts";
import { optionChecks } from "./option_checks.ts";
import { ask } from "./small_client.ts";
import type { Way } from "./ways.ts";

/** A port that is free now. */
async function freePort(): Promise<number> {
  const listening = await Server.http("127.0.0.1:0").handle(() => {});
  await listening.close();
  return portOf(listening);
}

/** Starts a server on two threads, asks it once, and closes it. */
async function answerOf(name: string, accept: Way): Promise<string> {
  const state = { text: "a factory" };
  const listening = await Server.http("127.0.0.1:0").handle(moduleUrl(name), { threads: 2, accept, state });
  equal([listening.threads, listening.accept], [2, accept]);
  const answer = await ask(portOf(listening), "/path");
  await listening.close();
  return answer;
}

/** Starts a server that cannot be started, whose port must be free again. */
async function failureOf(name: string, accept: Way, threads = 2): Promise<Error> {
  const address = { hostname: "127.0.0.1", port: await freePort() };
  let failure: Error | undefined;
  await rejects(
    Server.http(address).handle(moduleUrl(name), { threads, accept, state: {} }),
    (error: Error) => {
      failure = error;
      return true;
    },
  );
  const again = await Server.http(address).handle((_req, res) => res.send("bound again"));
  equal(await ask(address.port, "/"), "bound again");
  await again.close();
  return failure!;
}

/** What a module may have for its default export. */
const exportChecks: readonly Check[] = [
  {
    name: "Server.handle() takes a module that exports a function",
    run: async (way) => equal(await answerOf("function.ts", way), "a function"),
  },
  {
    name: "Server.handle() takes a module that exports a Handler",
    anyWay: true,
    run: async (way) => equal(await answerOf("object.ts", way), "an object"),
  },
  {
    name: "Server.handle() takes a module that exports a perThread factory",
    anyWay: true,
    run: async (way) => match(await answerOf("factory.ts", way), /^a factory [01]$/),
  },
  {
    name: "Server.handle() waits for an async perThread factory",
    anyWay: true,
    run: async (way) => equal(await answerOf("async_factory.ts", way), "a factory later"),
  },
  {
    name: "Server.handle() takes a module that exports an object with fetch",
    anyWay: true,
    run: async (way) => {
      equal(await answerOf("fetch.ts", way), "an app GET /path");
      equal(await answerOf("fetch_and_handle.ts", way), "an app GET");
      equal(await answerOf("function_with_fetch.ts", way), "a callable app GET");
      equal(await answerOf("factory_of_app.ts", way), "an app of a factory GET");
    },
  },
];

/** What keeps a module from being a handler. */
const failureChecks: readonly Check[] = [
  {
    name: "Server.handle() rejects with what the module throws, and its stack",
    anyWay: true,
    async run(way) {
      for (const threads of [1, 2]) {
        const error = await failureOf("throwing.ts", way, threads);
        equal([error.name, error.message], ["RangeError", "the module was not to be loaded"]);
        ok(error instanceof RangeError);
        match(String(error.stack), /throwing\.ts/);
      }
    },
  },
  {
    name: "Server.handle() rejects with what the factory throws, and its stack",
    anyWay: true,
    async run(way) {
      const error = await failureOf("throwing_factory.ts", way);
      equal([error.name, error.message], ["RangeError", "the factory was not to be called"]);
      match(String(error.stack), /throwing_factory\.ts/);
    },
  },
  {
    name: "Server.handle() rejects with what the factory of one thread rejects with",
    async run(way) {
      equal((await failureOf("rejecting_factory.ts", way)).message, "the factory of thread 1 rejected");
    },
  },
  {
    name: "Server.handle() rejects a module that exports something else",
    anyWay: true,
    async run(way) {
      const expected = "a function, a Handler object, perThread(...) or an object with fetch";
      const wrong = {
        "wrong_export.ts": `its default export is a number; expected ${expected}`,
        "object_without.ts": `its default export is an object without handle or fetch; expected ${expected}`,
        "null_export.ts": `its default export is null; expected ${expected}`,
        "no_export.ts": `it has no default export; expected ${expected}`,
        "class_export.ts":
          `its default export is a class, of which an instance is wanted; expected ${expected}`,
        "class_factory.ts":
          "its perThread factory made a class, of which an instance is wanted; expected a function or a Handler object",
        "bad_factory.ts": "its perThread factory made a string; expected a function or a Handler object",
        "empty_factory.ts": "its perThread factory made undefined; expected a function or a Handler object",
      };
      for (const threads of [1, 2]) {
        for (const [name, found] of Object.entries(wrong)) {
          const url = moduleUrl(name).href;
          equal(
            String(await failureOf(name, way, threads)),
            `TypeError: Cannot load handler module ${url}: ${found}`,
          );
        }
      }
    },
  },
  {
    name: "Server.handle() rejects a module that does not exist",
    anyWay: true,
    async run(way) {
      for (const threads of [1, 2]) {
        match((await failureOf("missing.ts", way, threads)).message, /missing\.ts/);
      }
    },
  },
  {
    name: "Server.handle() rejects a module that does not parse",
    anyWay: true,
    async run(way) {
      ok((await failureOf("data:text/javascript,export default (", way)).message.length > 0);
    },
  },
];

/** What becomes of a thread that dies between its own start and that of the server. */
const youngThreadCheck: Check = {
  name: "a thread that dies while others still start is replaced",
  async run(accept) {
    const errors: unknown[] = [];
    const born = new Int32Array(new SharedArrayBuffer(8));
    const server = Server.http("127.0.0.1:0", { onError: (error) => errors.push(error) });
    const listening = await server.handle(moduleUrl("dying_young.ts"), {
      threads: 2,
      accept,
      state: { born },
    });
    await listening.close();
    equal([...born], [2, 1]);
    equal(errors.map(String), ["Error: Thread 0 ended with exit code 7"]);
    equal(listening.stats().threads.map(({ restarts }) => restarts), [1, 0]);
  },
};

/** What `onError` is told of what cannot be posted. */
const unpostableCheck: Check = {
  name: "onError is told of an error on a thread although its parts cannot be posted",
  async run(accept) {
    const errors: string[] = [];
    const server = Server.http("127.0.0.1:0", { onError: (error) => errors.push((error as Error).message) });
    const listening = await server.handle(moduleUrl("unpostable.ts"), { threads: 2, accept });
    for (const path of ["/code", "/status", "/nothing"]) equal(await ask(portOf(listening), path), "");
    await listening.close();
    equal(errors, ["with a code", "with a status", "What was thrown cannot be described"]);
  },
};

/** What `handle` makes of modules and options. */
export const startupChecks: readonly Check[] = [
  ...exportChecks,
  ...failureChecks,
  youngThreadCheck,
  unpostableCheck,
  ...errorChecks,
  ...listenChecks,
  ...optionChecks,
];
