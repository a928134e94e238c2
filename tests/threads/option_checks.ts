import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { type Listening, Server } from "../../mod.ts";
import { type Check, moduleUrl, portOf } from "./check.ts";
import { ask } from "./small_client.ts";

/** Options, and what is wrong with them, and what threads find that have them. */
export const optionChecks: readonly Check[] = [
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
    name: "a thread has no base URL where the main thread has none",
    anyWay: true,
    async run(accept) {
      const found: string[] = [];
      for (const threads of [1, 2]) {
        const listening = await Server.http("127.0.0.1:0").handle(moduleUrl("relative_urls.ts"), {
          threads,
          accept,
        });
        found.push(await ask(portOf(listening), "/"));
        await listening.close();
      }
      equal(found[1], found[0]);
      const { fetch, request, imported, module } = JSON.parse(found[0]!);
      equal([fetch, request], ["throws", "throws"]);
      match(module, /\/relative_urls\.ts$/);
      equal(imported, "function");
    },
  },
  {
    name: "Server.handle() runs the threads' module that it is given",
    anyWay: true,
    async run(accept) {
      const worker = moduleUrl("own_worker.ts");
      const listening = await Server.http("127.0.0.1:0").handle(moduleUrl("function.ts"), {
        threads: 2,
        accept,
        worker,
      });
      equal(await ask(portOf(listening), "/"), "a function");
      await listening.close();
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
        [{ worker: "./worker.js" }, /^TypeError: Cannot use option worker: it is not a URL$/],
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
