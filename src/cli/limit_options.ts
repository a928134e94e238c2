import { type LimitOptions, resolveOptions, type TimeoutOptions } from "../server/options.ts";
import { UsageError } from "./usage_error.ts";

/** Limits and timeouts of the server, as given to the command. */
export interface GivenLimits {
  readonly limits: LimitOptions;
  readonly timeouts: TimeoutOptions;
}

/** An option of the command that sets a limit or a timeout. */
export interface LimitFlag {
  readonly group: "limits" | "timeouts";
  /** Its name in the server's options: `maxHeaderSize`. */
  readonly name: string;
  /** Its value if it is not given: bytes, a number of things, or milliseconds. */
  readonly fallback: number;
}

const DEFAULTS = resolveOptions({}, () => {});

/** Powers of 1024. */
const UNITS = "kmgt";

const MILLISECONDS = 1000;

/**
 * The option of each limit and timeout that the server has, by name: `--max-header-size`, `--timeout-idle`.
 */
export const LIMIT_FLAGS: ReadonlyMap<string, LimitFlag> = new Map<string, LimitFlag>([
  ...Object.entries(DEFAULTS.limits).map(([name, fallback]) =>
    [kebab(name), { group: "limits", name, fallback }] as const
  ),
  ...Object.entries(DEFAULTS.timeouts).map(([name, fallback]) =>
    [`timeout-${kebab(name)}`, { group: "timeouts", name, fallback }] as const
  ),
]);

const MEANINGS: Readonly<Record<string, string>> = {
  "max-header-size": "Request line and headers together",
  "max-header-count": "Number of header fields",
  "max-request-body-size": "Content of a request",
  "min-request-body-rate": "Content that must arrive in a second",
  "max-requests-per-connection": "Requests on one connection",
  "max-connections": "Open connections of each thread",
  "timeout-headers": "From the first byte to the end of the head",
  "timeout-idle": "Between requests",
  "timeout-receive": "Between two arrivals of content",
  "timeout-send": "Without the client taking any of a response",
  "timeout-handshake": "For the TLS handshake",
};

/** The lines of `--help` about limits and timeouts. */
export const LIMIT_HELP: string = Array.from(LIMIT_FLAGS, ([flag, { group, fallback }]) => {
  const unit = group === "timeouts" ? "<seconds>" : /size|rate/.test(flag) ? "<bytes>" : "<number>";
  const meaning = MEANINGS[flag] === undefined ? "" : `${MEANINGS[flag]} `;
  return `      --${`${flag} ${unit}`.padEnd(38)}${meaning}(default: ${written(group, flag, fallback)})\n`;
}).join("");

/**
 * Reads the options that set limits and timeouts.
 *
 * @param given All options with their values.
 * @throws {UsageError} If a value is not of its form.
 */
export function readLimits(given: ReadonlyMap<string, string>): GivenLimits {
  const result = { limits: {} as Record<string, number>, timeouts: {} as Record<string, number> };
  for (const [flag, { group, name }] of LIMIT_FLAGS) {
    const text = given.get(flag);
    if (text === undefined) continue;
    result[group][name] = group === "limits" ? readSize(flag, text) : readSeconds(flag, text);
  }
  try {
    resolveOptions(result, () => {});
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return result;
}

/**
 * Reads a time span.
 *
 * @param flag The option, for the error's message.
 * @param text Seconds, or `none`.
 * @returns Milliseconds; `Infinity` for `none`.
 * @throws {UsageError} If it is neither.
 */
export function readSeconds(flag: string, text: string): number {
  if (text === "none") return Infinity;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * MILLISECONDS;
  throw new UsageError(`Option --${flag}: "${text}" is not a number of seconds, or none`);
}

/** Reads a whole number, which may end in k, m, g or t; `none` is `Infinity`. */
function readSize(flag: string, text: string): number {
  if (text === "none") return Infinity;
  const [, digits, unit = ""] = /^(\d+)([kmgt]?)$/i.exec(text) ?? [];
  if (digits === undefined) {
    throw new UsageError(`Option --${flag}: "${text}" is not a whole number such as 500 or 64k, or none`);
  }
  return Number(digits) * 1024 ** (unit === "" ? 0 : UNITS.indexOf(unit.toLowerCase()) + 1);
}

/** A default as it would be given: `32k`, `60`, `none`. */
function written(group: LimitFlag["group"], flag: string, value: number): string {
  if (value === Infinity) return "none";
  if (group === "timeouts") return String(value / MILLISECONDS);
  if (!flag.includes("size")) return String(value);
  const power = value % 1024 ** 2 === 0 ? 2 : value % 1024 === 0 ? 1 : 0;
  return `${value / 1024 ** power}${power === 0 ? "" : UNITS[power - 1]}`;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
