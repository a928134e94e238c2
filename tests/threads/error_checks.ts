import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { ConnectionClosedError, Server } from "../../mod.ts";
import { type Check, moduleUrl, portOf } from "./check.ts";
import { ask } from "./small_client.ts";

/** A module whose second line does not parse. */
const BROKEN = `export const text = "fine";\nexport default (_req, res) => { return res.send(text ;\n};\n`;

/** What `onError` is told of each error that `modules/thrown.ts` throws. */
const TOLD: Readonly<Record<string, (error: Error & { code?: unknown }) => void>> = {
  "/dom": (error) => {
    ok(error instanceof DOMException);
    equal([error.name, error.message], ["DataError", "thrown as it is"]);
  },
  "/timeout": (error) => {
    ok(error instanceof DOMException);
    equal(error.name, "TimeoutError");
  },
  "/atob": (error) => {
    ok(error instanceof DOMException);
    equal(error.name, "InvalidCharacterError");
  },
  "/frozen": (error) => {
    ok(error instanceof TypeError);
    equal(error.message, "frozen");
    match(String(error.stack), /thrown\.ts/);
  },
  "/getters": (error) => ok(error instanceof RangeError),
  "/cyclic": ({ message, cause }) =>
    equal([message, (cause as Error).message], Array(2).fill("its own cause")),
  "/many": (error) => {
    ok(error instanceof AggregateError);
    equal([error.message, error.errors[0].message], ["many", "error 0"]);
  },
  "/closed": (error) => {
    ok(error instanceof ConnectionClosedError);
    ok(error.cause instanceof RangeError);
    equal([error.message, error.cause.message], ["closed", "a reset"]);
  },
  // On one thread it is the proxy itself, of which nothing can be asked.
  "/revoked": () => {},
  "/undefined": (error) => equal(error, undefined),
};

/** What crosses from one thread to another when something is thrown. */
export const errorChecks: readonly Check[] = [
  {
    name: "onError is told of whatever a handler throws, on this thread and on others",
    async run(accept) {
      for (const threads of [1, 2]) {
        const errors: unknown[] = [];
        const server = Server.http("127.0.0.1:0", { onError: (error) => errors.push(error) });
        const listening = await server.handle(moduleUrl("thrown.ts"), { threads, accept });
        for (const [path, check] of Object.entries(TOLD)) {
          equal(await ask(portOf(listening), path), "");
          for (let i = 0; errors.length === 0 && i < 400; i++) {
            await new Promise((wake) => setTimeout(wake, 5));
          }
          equal(errors.length, 1, `onError was not told of ${path} within 2 s`);
          check(errors.pop() as Error);
        }
        await listening.close();
      }
    },
  },
  {
    name: "Server.handle() rejects with a DOMException that the module throws",
    anyWay: true,
    async run(accept) {
      for (const threads of [1, 2]) {
        const handling = Server.http("127.0.0.1:0").handle(moduleUrl("throwing_dom.ts"), { threads, accept });
        await rejects(handling, (error) => {
          ok(error instanceof DOMException);
          equal([error.name, error.message], ["AbortError", "the module was aborted"]);
          return true;
        });
      }
    },
  },
  {
    name: "Server.handle() rejects with the file and line of a module that does not parse",
    anyWay: true,
    async run(accept) {
      const folder = mkdtempSync(`${tmpdir()}/handoff-`);
      try {
        writeFileSync(`${folder}/broken.ts`, BROKEN);
        const url = pathToFileURL(`${folder}/broken.ts`);
        const named = [];
        for (const threads of [1, 2]) {
          const handling = Server.http("127.0.0.1:0").handle(url, { threads, accept });
          const error = await handling.then(() => null, (error: unknown) => error);
          // What Bun throws on one thread has it in a property, which its console shows.
          const { position } = error as { position?: { file: string; line: number } };
          named.push(/broken\.ts:2/.test(`${inspect(error)} ${position?.file}:${position?.line}`));
        }
        // Node does not tell on any thread if a hook has read the file.
        const known = "Deno" in globalThis || "Bun" in globalThis || named[0] === true;
        equal(named, [known, known]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  },
];
