import { type Runtime, runtimes } from "../support/runtimes.ts";
import { missingPrograms } from "../support/skip.ts";
import { EchoServer } from "./echo_client.ts";

/** Registers a test that gets the server of a suite under one runtime. */
export type RegisterTest = (name: string, run: (server: EchoServer) => Promise<void>) => void;

/**
 * Registers tests for every runtime, which share one server each. It is started by the first test that is
 * run.
 *
 * @param register Registers the tests of one runtime.
 * @param programs Programs without which the tests are skipped.
 */
export function suite(
  register: (test: RegisterTest, runtime: Runtime) => void,
  programs: readonly string[] = [],
): void {
  const skipped = missingPrograms(programs);
  const servers: EchoServer[] = [];
  for (const runtime of runtimes()) {
    let starting: Promise<EchoServer> | undefined;
    const start = async () => {
      const server = await EchoServer.start(runtime);
      servers.push(server);
      return server;
    };
    register((name, run) => {
      Deno.test({
        name: `${name} (${runtime.name})${skipped === false ? "" : ` [skipped: ${skipped}]`}`,
        ignore: skipped !== false,
        // The server outlives the single test.
        sanitizeOps: false,
        sanitizeResources: false,
        fn: async () => await run(await (starting ??= start())),
      });
    }, runtime);
  }
  Deno.test.afterAll(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
  });
}
