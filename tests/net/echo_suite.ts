import { type Runtime, runtimes } from "../support/runtimes.ts";
import { EchoServer } from "./echo_client.ts";

/** Registers a test that gets the server of a suite under one runtime. */
export type RegisterTest = (name: string, run: (server: EchoServer) => Promise<void>) => void;

/** Registers tests for every runtime, which share one server each. It is started by the first test that is run. */
export function suite(register: (test: RegisterTest, runtime: Runtime) => void): void {
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
        name: `${name} (${runtime.name})`,
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
