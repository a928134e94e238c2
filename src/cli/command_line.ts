import type { ListenAddress } from "../net/address.ts";
import { ACCEPT_OPTIONS, type AcceptOption } from "../threads/accept_way.ts";
import type { Token, Util } from "./host.ts";
import { type GivenLimits, LIMIT_FLAGS, LIMIT_HELP, readLimits, readSeconds } from "./limit_options.ts";
import { UsageError } from "./usage_error.ts";

export { UsageError } from "./usage_error.ts";

/** What the command is asked to do. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | ServeCommand;

/** What to serve, where and how. */
export interface ServeCommand extends GivenLimits {
  readonly kind: "serve";
  /** The handler's module as it was written; `null` for the built-in page. */
  readonly module: string | null;
  /** The folder whose files are served; `null` for none. */
  readonly static: string | null;
  readonly address: ListenAddress;
  /** `undefined` for every core. */
  readonly threads: number | undefined;
  readonly accept: AcceptOption;
  /** The files of certificate and key; `null` for plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Milliseconds from a signal to the end of accepting. */
  readonly delay: number;
  /** Milliseconds that requests in flight have after that. */
  readonly grace: number;
  /** `true` if to write nothing but errors. */
  readonly quiet: boolean;
  /** `true` if to start again when a file changes. */
  readonly watch: boolean;
}

const DEFAULT_HOSTNAME = "127.0.0.1";

/** The port that is listened on unless another is named. */
export const DEFAULT_PORT = 8080;

/** Milliseconds that requests in flight have to finish after a signal. */
export const DEFAULT_GRACE = 10_000;

const OPTIONS = {
  port: { type: "string", short: "p" },
  hostname: { type: "string" },
  unix: { type: "string" },
  static: { type: "string" },
  cert: { type: "string" },
  key: { type: "string" },
  threads: { type: "string" },
  accept: { type: "string" },
  delay: { type: "string" },
  grace: { type: "string" },
  quiet: { type: "boolean", short: "q" },
  watch: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

const ALL_OPTIONS: Readonly<Record<string, { type: "string" | "boolean"; short?: string }>> = {
  ...OPTIONS,
  ...Object.fromEntries(Array.from(LIMIT_FLAGS.keys(), (name) => [name, { type: "string" }])),
};

/** What `--help` prints. */
export const HELP = `Serve HTTP/1.1 with a handler, on every core.

Usage: handoff [options] [module]

The module's default export is a handler function, a Handler object, a perThread factory, or an object with
fetch, such as a Hono app. Without a module a page is served that shows each request as it was received.

Options:
  -p, --port <number>    Port to listen on; 0 takes a free one (default: $PORT, or ${DEFAULT_PORT})
      --hostname <host>  Host name or IP address to listen on (default: $HOST, or ${DEFAULT_HOSTNAME})
      --unix <path>      Listen on a Unix socket instead
      --static <folder>  Serve the files of a folder instead of a module
      --cert <file>      Certificate chain for TLS, PEM; needs --key
      --key <file>       Private key for TLS, PEM; needs --cert
      --threads <count>  Threads that call the handler (default: every core)
      --accept <way>     How they share connections: ${ACCEPT_OPTIONS.join(", ")} (default: auto)
      --delay <seconds>  Go on for so long after a signal, until balancers know of it (default: 0)
      --grace <seconds>  Then cut off requests in flight after so long; none for never (default: ${
  DEFAULT_GRACE / 1000
})
      --watch            Start again when a source file beside the module, or below, changes
  -q, --quiet            Write nothing but errors
  -h, --help             Print this and exit
  -v, --version          Print the version and exit

Limits, and how long a client may take. Bytes may be written as 64k or 2m; none turns a limit off:
${LIMIT_HELP}
SIGINT (Ctrl-C) and SIGTERM let requests in flight finish; a second one cuts them off.
`;

/**
 * Reads the arguments of the command.
 *
 * @param args The arguments after the command's name.
 * @param util Takes the arguments apart.
 * @param env The environment: `PORT` and `HOST` stand for options that are not given.
 * @throws {UsageError} If something is wrong with them.
 */
export function readCommandLine(
  args: readonly string[],
  util: Util,
  env: Readonly<Record<string, string | undefined>> = {},
): Command {
  const { tokens } = util.parseArgs({
    args,
    options: ALL_OPTIONS,
    // Its own errors differ between the runtimes.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string>();
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
  const folder = given.get("static") ?? null;
  if (module !== null && folder !== null) {
    throw new UsageError(`Cannot serve both ${module} and the folder ${folder}`);
  }
  return {
    kind: "serve",
    module,
    static: folder,
    address: addressOf(given, env),
    threads: given.has("threads")
      ? wholeNumber("Option --threads", given.get("threads")!, 1, 1024)
      : undefined,
    accept: acceptOf(given.get("accept") ?? "auto"),
    tls: tlsOf(given.get("cert"), given.get("key")),
    delay: secondsOf(given, "delay", 0),
    grace: secondsOf(given, "grace", DEFAULT_GRACE),
    quiet: given.has("quiet"),
    watch: given.has("watch"),
    ...readLimits(given),
  };
}

function readOption(token: Token & { kind: "option" }): [string, string] {
  const { name, rawName, value } = token;
  if (!Object.hasOwn(ALL_OPTIONS, name)) throw new UsageError(`Unknown option ${rawName}`);
  if (ALL_OPTIONS[name]!.type === "boolean") {
    if (value !== undefined) throw new UsageError(`Option ${rawName} takes no value`);
    return [name, ""];
  }
  // What looks like an option is more likely to be one than a value.
  if (value === undefined || value === "" || value.startsWith("-")) {
    throw new UsageError(`Option ${rawName} needs a value`);
  }
  return [name, value];
}

function addressOf(
  given: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
): ListenAddress {
  const path = given.get("unix");
  if (path === undefined) {
    // An empty variable counts as none.
    const hostname = given.get("hostname") ?? (env["HOST"] || DEFAULT_HOSTNAME);
    return { hostname: hostname.replace(/^\[(.*)\]$/, "$1"), port: portOf(given.get("port"), env["PORT"]) };
  }
  for (const name of ["port", "hostname"] as const) {
    if (given.has(name)) throw new UsageError(`Option --unix cannot be used with --${name}`);
  }
  return { path };
}

function portOf(given: string | undefined, variable: string | undefined): number {
  if (given !== undefined) return wholeNumber("Option --port", given, 0, 65535);
  if (variable) return wholeNumber("Environment variable PORT", variable, 0, 65535);
  return DEFAULT_PORT;
}

function acceptOf(value: string): AcceptOption {
  const found = ACCEPT_OPTIONS.find((option) => option === value);
  if (found === undefined) {
    throw new UsageError(`Option --accept: "${value}" is not one of ${ACCEPT_OPTIONS.join(", ")}`);
  }
  return found;
}

function tlsOf(cert: string | undefined, key: string | undefined): ServeCommand["tls"] {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined) throw new UsageError("Option --key needs --cert");
  if (key === undefined) throw new UsageError("Option --cert needs --key");
  return { cert, key };
}

function secondsOf(given: ReadonlyMap<string, string>, name: string, fallback: number): number {
  const text = given.get(name);
  return text === undefined ? fallback : readSeconds(name, text);
}

function wholeNumber(what: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${what}: "${text}" is not a whole number from ${least} to ${most}`);
}
