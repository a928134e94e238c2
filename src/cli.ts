/**
 * The `handoff` command: serves a handler's module, or, without one, a page that shows each request as it was
 * received.
 *
 *     handoff [module] --port --hostname --unix --static --cert --key --threads --accept --delay --grace --watch --quiet
 *         --help --version, and an option for each limit and timeout
 *
 * The default export is the handler of that page.
 *
 * @module
 */

import { HELP, readCommandLine, UsageError } from "./cli/command_line.ts";
import { type Host, loadHost } from "./cli/host.ts";
import { pageHandler, type PageState } from "./cli/page.ts";
import { moduleUrl, serve } from "./cli/serve.ts";
import { VERSION } from "./cli/version.ts";
import { watch } from "./cli/watch.ts";
import { type PerThread, perThread } from "./threads/per_thread.ts";
import { assertRuntime } from "./threads/platform.ts";

declare const process: { exitCode: number };

/**
 * The handler of the page, or of a folder's files. Its state, if any, names the `BroadcastChannel` on which the
 * command tells the figures of all threads, or the folder.
 */
const page: PerThread<PageState | undefined> = perThread(async (context) => {
  const root = context.state?.root;
  if (root === undefined) return pageHandler(context);
  const { files } = await import("./files/files.ts");
  const { handle } = files({ root, cacheControl: "no-cache" });
  return handle;
});

export default page;
export type { PageState };

/** Errors whose message is enough; of others, such as what a module throws, the stack is written too. */
const CLEAR = /^(?:AddressError|ListenError|UsageError)$|^Cannot (?:load handler module|use option)/;

/** Does what the command line says, and returns when a server listens or there is nothing more to do. */
async function run(host: Host): Promise<void> {
  const args = host.process.argv.slice(2);
  const command = readCommandLine(args, host.util, host.process.env);
  if (command.kind === "help") return console.log(HELP.trimEnd());
  if (command.kind === "version") return console.log(VERSION);
  const here = new URL(import.meta.url);
  if (command.watch) {
    if (command.module === null) throw new UsageError("Option --watch needs a module to watch");
    const entry = here.protocol === "file:" ? host.urls.fileURLToPath(here) : here.href;
    return await watch(command, entry, args, host, moduleUrl(command.module, host));
  }
  try {
    await serve(command, here, host);
  } catch (error) {
    if (isClear(error)) throw error;
    // Bun does not say which module has a mistake in its syntax.
    console.error(`handoff: Cannot serve ${command.module ?? "the page"}:`, error);
    host.process.exit(1);
  }
}

function isClear(error: unknown): error is Error {
  return error instanceof Error && (CLEAR.test(error.name) || CLEAR.test(error.message));
}

async function main(): Promise<void> {
  const host = await loadHost();
  try {
    await run(host);
  } catch (error) {
    if (isClear(error)) console.error(`handoff: ${error.message}`);
    else console.error("handoff:", error);
    if (error instanceof UsageError) console.error('Try "handoff --help"');
    host.process.exit(error instanceof UsageError ? 2 : 1);
  }
}

/**
 * Tells that Node is too old. Node before 22.18 does not tell which module it was started with, so that
 * `main` is not called.
 */
function refuseOldNode(): void {
  try {
    assertRuntime();
  } catch (error) {
    console.error(`handoff: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

// Not awaited: a single thread imports the page from this module, which has to be complete by then.
if (import.meta.main) main();
else if (import.meta.main === undefined) refuseOldNode();
