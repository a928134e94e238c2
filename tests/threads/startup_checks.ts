import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { type Listening, Server } from "../../mod.ts";
import { ask } from "./small_client.ts";
import type { Way } from "./ways.ts";

/** Something that is checked within a runtime. */
export interface Check {
  readonly name: string;
  /** Whether it is the same in every way, so that one is enough. */
  readonly anyWay?: boolean;
  run(way: Way): Promise<void>;
}

function moduleUrl(name: string): URL {
  return new URL(`./modules/${name}`, import.meta.url);
}

function portOf(listening: Listening): number {
  return (listening.address as { port: number }).port;
}

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

/** Options, and what is wrong with them. */
const optionChecks: readonly Check[] = [
  {
    name: "Server.handle() runs a module on every core unless told otherwise",
    anyWay: true,
    async run() {
      const listening = await Server.http("127.0.0.1:0").handle(moduleUrl("function.ts"));
      equal(listening.threads, navigator.hardwareConcurrency);
      equal(listening.stats().threads.length, navigator.hardwareConcurrency);
      await listening.close();
    },
  },
  {
    name: "Server.handle() with one thread uses the calling one",
    anyWay: true,
    async run(accept) {
      const listening = await Server.http("127.0.0.1:0").handle(moduleUrl("factory.ts"), {
        threads: 1,
        accept,
        state: { text: "alone" },
      });
      equal([listening.threads, listening.accept], [1, "single"]);
      equal(await ask(portOf(listening), "/"), "alone 0");
      await listening.close();
    },
  },
  {
    name: "Server.handle() gives each thread a copy of plain state, and the same memory",
    anyWay: true,
    async run(accept) {
      for (const threads of [1, 2]) {
        const state = { text: "before", memory: new Int32Array(new SharedArrayBuffer(4)) };
        const listening = await Server.http("127.0.0.1:0").handle(moduleUrl("changing.ts"), {
          threads,
          accept,
          state,
        });
        state.text = "changed";
        equal(await ask(portOf(listening), "/"), "before");
        equal([state.text, Atomics.load(state.memory, 0)], ["changed", threads]);
        await listening.close();
      }
    },
  },
  {
    name: "Server.handle() names the place of state that cannot be shared",
    anyWay: true,
    async run(accept) {
      const state = { users: [{ name: () => "Ada" }] };
      const server = Server.http("127.0.0.1:0");
      // JavaScript has no types that would refuse it.
      const serve = server.handle.bind(server) as (module: URL, options: object) => Promise<Listening>;
      for (const threads of [1, 2]) {
        await rejects(serve(moduleUrl("function.ts"), { threads, accept, state }), {
          name: "TypeError",
          message: "Cannot share state.users[0].name: it is a function",
        });
      }
    },
  },
  {
    name: "Server.handle() rejects options that there are not",
    anyWay: true,
    async run() {
      const url = moduleUrl("function.ts");
      const wrong: readonly (readonly [object, RegExp])[] = [
        [{ workers: 2 }, /^TypeError: Cannot use option workers: there is no such option$/],
        [{ threads: 0 }, /^RangeError: Cannot use option threads: 0 is not a whole number of at least 1$/],
        [{ threads: 1.5 }, /^RangeError: Cannot use option threads: 1.5 /],
        [{ threads: "2" }, /^(Type|Range)Error: Cannot use option threads: /],
        [{ threads: 2, accept: "single" }, /^TypeError: Cannot use option accept: "single" is not /],
        [{ threads: 1, accept: "bogus" }, /^TypeError: Cannot use option accept: "bogus" is not /],
        [{ threads: 2, accept: 1 }, /^TypeError: Cannot use option accept: it is not a string$/],
        [{ module: url }, /^TypeError: Cannot use option module: there is no such option$/],
      ];
      for (const [options, message] of wrong) {
        await rejects(Server.http("127.0.0.1:0").handle(url, options), (error) => {
          match(String(error), message);
          return true;
        });
      }
    },
  },
  {
    name: "Server.handle() rejects a way that does not exist for the address, and says which do",
    anyWay: true,
    async run() {
      // A port cannot be shared where there is none, whatever the runtime.
      const server = Server.http({ path: "/tmp/never-bound.sock" });
      for (const threads of [1, 2]) {
        await rejects(server.handle(moduleUrl("function.ts"), { threads, accept: "reusePort" }), {
          name: "RangeError",
          message:
            /^Cannot use option accept: "reusePort" does not exist for this address here, only .*"dispatch"$/,
        });
      }
    },
  },
  {
    name: "Server.handle() rejects where the port is in use, in every way",
    async run(accept) {
      const first = await Server.http("127.0.0.1:0").handle(moduleUrl("function.ts"), { threads: 2, accept });
      const { port } = first.address as { port: number };
      for (const again of [accept, "auto"] as const) {
        const second = Server.http(`127.0.0.1:${port}`).handle(moduleUrl("object.ts"), {
          threads: 2,
          accept: again,
        });
        await rejects(second, { name: "ListenError", code: "EADDRINUSE" });
      }
      equal(await ask(port, "/"), "a function");
      await first.close();
    },
  },
  {
    name: "two servers in one program have handlers of their own",
    async run(accept) {
      const names = ["function.ts", "object.ts"];
      const servers = await Promise.all(names.map((name) => {
        return Server.http("127.0.0.1:0").handle(moduleUrl(name), { threads: 2, accept });
      }));
      equal(await Promise.all(servers.map((server) => ask(portOf(server), "/"))), [
        "a function",
        "an object",
      ]);
      await servers[0]!.close();
      equal(await ask(portOf(servers[1]!), "/"), "an object");
      await servers[1]!.close();
    },
  },
];

/** What `handle` makes of modules and options. */
export const startupChecks: readonly Check[] = [
  ...exportChecks,
  ...failureChecks,
  youngThreadCheck,
  ...optionChecks,
];
