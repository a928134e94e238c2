import type { Address } from "../net/socket.ts";
import type { Listening } from "../server/listening.ts";
import { Server } from "../threads/server.ts";
import { availableThreads } from "../threads/worker_threads.ts";
import { type ServeCommand, UsageError } from "./command_line.ts";
import { Ending } from "./ending.ts";
import { tellFigures } from "./figures.ts";
import type { FileSystem, Host, Urls } from "./host.ts";
import type { PageState } from "./page.ts";
import { WATCHED, WATCHED_PORT } from "./watched.ts";

/** Host names that stand for every interface. */
const EVERY_INTERFACE: readonly string[] = ["", "::", "0.0.0.0"];

/**
 * Serves until it is told to end.
 *
 * @param command What to serve, where and how.
 * @param page The module whose handler serves where the command names none.
 * @returns A promise that resolves when the server listens.
 * @throws {UsageError} If there is no such module, certificate or key.
 * @throws What `Server.handle` throws.
 */
export async function serve(command: ServeCommand, page: URL, host: Host): Promise<void> {
  const { process, fs } = host;
  const portFile = process.env[WATCHED_PORT];
  const ending = new Ending(process, command);
  // The watching process listens where the command says, and passes connections on.
  const address = portFile === undefined ? command.address : { hostname: "127.0.0.1", port: 0 };
  const listening = await listen({ ...command, address }, page, host);
  const url = process.env[WATCHED] ?? urlOf(listening.address, command.tls !== null);
  if (!command.quiet) console.log(describe(url, listening, command));
  ending.of(listening);
  if (portFile !== undefined) fs.writeFileSync(portFile, `${(listening.address as { port: number }).port}\n`);
  try {
    await listening.closed;
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

async function listen(command: ServeCommand, page: URL, host: Host): Promise<Listening> {
  const { address, threads = availableThreads(), accept, limits, timeouts, tls } = command;
  // The watching process tells the clients of the connections that it passes on.
  const isWatched = host.process.env[WATCHED_PORT] !== undefined && tls === null;
  const options = { limits, timeouts, ...(isWatched ? { proxyProtocol: { trusted: ["127.0.0.1"] } } : {}) };
  const server = tls === null ? Server.http(address, options) : Server.https(address, {
    ...options,
    cert: readText(tls.cert, "certificate", host.fs),
    key: readText(tls.key, "key", host.fs),
  });
  if (command.module !== null) {
    return await server.handle(moduleUrl(command.module, host), { threads, accept });
  }
  const state: PageState = {
    figures: `handoff ${crypto.randomUUID()}`,
    started: Date.now(),
    hostname: "path" in (address as object) ? "" : (address as { hostname: string }).hostname,
    anyHost: EVERY_INTERFACE.includes((address as { hostname?: string }).hostname ?? ""),
    ...(command.static === null ? {} : { root: folderPath(command.static, host) }),
  };
  const listening = await server.handle(page, { threads, accept, state });
  tellFigures(state.figures, () => ({ ...listening.stats(), accept: listening.accept }));
  return listening;
}

/** Finds the folder that an argument names. */
function folderPath(folder: string, { process, fs, urls }: Host): string {
  const path = urls.fileURLToPath(
    new URL(urls.pathToFileURL(folder).href, urls.pathToFileURL(process.cwd() + "/")),
  );
  const found = fs.statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`Cannot find folder ${folder}`);
  if (!found.isDirectory()) {
    throw new UsageError(`Cannot serve the files of ${folder}: it is not a directory`);
  }
  return path;
}

function readText(path: string, what: string, fs: FileSystem): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read the ${what} ${path}: ${(error as Error).message}`);
  }
}

/**
 * Finds the module that an argument names: a path, or a URL.
 *
 * @throws {UsageError} If there is no such file, or the URL is none.
 */
export function moduleUrl(module: string, { process, fs, urls }: Host): URL {
  // A single letter before the colon is a drive of Windows.
  const isUrl = /^[a-z][a-z\d+.-]+:/i.test(module);
  if (isUrl && !URL.canParse(module)) throw new UsageError(`Cannot serve ${module}: it is not a URL`);
  const url = isUrl
    ? new URL(module)
    : new URL(urls.pathToFileURL(module).href, urls.pathToFileURL(process.cwd() + "/"));
  if (url.protocol !== "file:") return url;
  const found = fs.statSync(pathOf(url, module, urls), { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`Cannot find module ${module}`);
  if (found.isDirectory()) throw new UsageError(`Cannot serve ${module}: it is a directory, not a module`);
  return url;
}

function pathOf(url: URL, module: string, urls: Urls): string {
  try {
    return urls.fileURLToPath(url);
  } catch {
    // It names another host, say.
    throw new UsageError(`Cannot serve ${module}: it is not the URL of a file here`);
  }
}

/** The address, the threads and the accept way in a line. */
function describe(
  url: string,
  { threads, accept }: Listening,
  { module, static: folder }: ServeCommand,
): string {
  const served = module ?? folder;
  const how = threads === 1 ? "1 thread" : `${threads} threads, accept ${accept}`;
  return `Listening on ${url} (${how})${served === null ? "" : `: ${served}`}`;
}

/** The URL of an address: `http://127.0.0.1:8080/`, or `unix:` and a path. */
export function urlOf(address: Address, secure: boolean): string {
  if ("path" in address) return `unix:${address.path}`;
  const host = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
  return `http${secure ? "s" : ""}://${host}:${address.port}/`;
}
