import type { ListenAddress } from "../net/address.ts";
import { ACCEPT_OPTIONS, type AcceptOption } from "../threads/accept_way.ts";
import type { Token, Util } from "./host.ts";

/** A mistake in how the command was called. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** What the command is asked to do. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | ServeCommand;

/** What to serve, where and how. */
export interface ServeCommand {
  readonly kind: "serve";
  /** The handler's module as it was written; `null` for the built-in page. */
  readonly module: string | null;
  readonly address: ListenAddress;
  /** `undefined` for every core. */
  readonly threads: number | undefined;
  readonly accept: AcceptOption;
  /** Whether to start anew when a file changes. */
  readonly watch: boolean;
}

const DEFAULT_HOSTNAME = "127.0.0.1";
const DEFAULT_PORT = 8080;

const OPTIONS = {
  port: { type: "string", short: "p" },
  hostname: { type: "string" },
  unix: { type: "string" },
  threads: { type: "string" },
  accept: { type: "string" },
  watch: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

type OptionName = keyof typeof OPTIONS;

/** What `--help` prints. */
export const HELP = `Serve HTTP/1.1 with a handler, on every core.

Usage: handoff [options] [module]

The module's default export is a handler function, a Handler object, a perThread factory, or an object with
fetch, such as a Hono app. Without a module a page is served that shows each request as it was received.

Options:
  -p, --port <number>    Port to listen on; 0 takes a free one (default: ${DEFAULT_PORT})
      --hostname <host>  Host name or IP address to listen on (default: ${DEFAULT_HOSTNAME})
      --unix <path>      Listen on a Unix socket instead
      --threads <count>  Threads that call the handler (default: every core)
      --accept <way>     How they share connections: ${ACCEPT_OPTIONS.join(", ")} (default: auto)
      --watch            Start anew when a source file beside the module, or below, changes
  -h, --help             Print this and exit
  -v, --version          Print the version and exit

SIGINT (Ctrl-C) and SIGTERM let requests in flight finish; a second one cuts them off.
`;

/**
 * Reads the arguments of the command.
 *
 * @param args What stands behind the command's name.
 * @param util Takes them apart.
 * @throws {UsageError} If something is wrong with them.
 */
export function readCommandLine(args: readonly string[], util: Util): Command {
  const { tokens } = util.parseArgs({
    args,
    options: OPTIONS,
    // Its own errors differ between the runtimes.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<OptionName, string>();
  const modules: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") modules.push(token.value);
    else if (token.kind === "option") given.set(...readOption(token));
  }
  if (given.has("help")) return { kind: "help" };
  if (given.has("version")) return { kind: "version" };
  const [module = null, second] = modules;
  if (second !== undefined) {
    throw new UsageError(`Cannot serve both ${module} and ${second}: one module is served`);
  }
  return {
    kind: "serve",
    module,
    address: addressOf(given),
    threads: given.has("threads") ? wholeNumber(given, "threads", 1, 1024) : undefined,
    accept: acceptOf(given.get("accept") ?? "auto"),
    watch: given.has("watch"),
  };
}

function readOption(token: Token & { kind: "option" }): [OptionName, string] {
  const { name, rawName, value } = token;
  if (!isOptionName(name)) throw new UsageError(`Unknown option ${rawName}`);
  if (OPTIONS[name].type === "boolean") {
    if (value !== undefined) throw new UsageError(`Option ${rawName} takes no value`);
    return [name, ""];
  }
  // What looks like an option is more likely to be one than a value.
  if (value === undefined || value === "" || value.startsWith("-")) {
    throw new UsageError(`Option ${rawName} needs a value`);
  }
  return [name, value];
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

function addressOf(given: ReadonlyMap<OptionName, string>): ListenAddress {
  const path = given.get("unix");
  if (path === undefined) {
    const port = given.has("port") ? wholeNumber(given, "port", 0, 65535) : DEFAULT_PORT;
    return { hostname: (given.get("hostname") ?? DEFAULT_HOSTNAME).replace(/^\[(.*)\]$/, "$1"), port };
  }
  for (const name of ["port", "hostname"] as const) {
    if (given.has(name)) throw new UsageError(`Option --unix cannot be used with --${name}`);
  }
  return { path };
}

function acceptOf(value: string): AcceptOption {
  const found = ACCEPT_OPTIONS.find((option) => option === value);
  if (found === undefined) {
    throw new UsageError(`Option --accept: "${value}" is not one of ${ACCEPT_OPTIONS.join(", ")}`);
  }
  return found;
}

function wholeNumber(
  given: ReadonlyMap<OptionName, string>,
  name: OptionName,
  least: number,
  most: number,
): number {
  const text = given.get(name) ?? "";
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`Option --${name}: "${text}" is not a whole number from ${least} to ${most}`);
}
