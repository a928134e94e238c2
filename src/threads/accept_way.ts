import type { AcceptWay } from "../server/listening.ts";
import { type Platform, platform } from "./platform.ts";

/** How threads may be asked to share connections. */
export type AcceptOption = "auto" | Exclude<AcceptWay, "single">;

/** All of them. */
export const ACCEPT_OPTIONS: readonly AcceptOption[] = ["auto", "reusePort", "transfer", "dispatch"];

/** The connections that threads are to share. */
export interface Sharing {
  /** `true` if the address is a Unix socket, which only one thread can listen on. */
  readonly unix: boolean;
  /** `true` if connections are encrypted; a session cannot be passed on. */
  readonly secure: boolean;
  /** `true` if the listener was given by the program, so that it is there once. */
  readonly given: boolean;
  /**
   * `true` if connections begin with a header of the PROXY protocol, which the thread that accepts would have
   * to read.
   */
  readonly proxied: boolean;
}

/** `true` if this Node can pass a socket to a thread: 24.20 and later, 26.6 and later. */
function canTransfer(on: Platform): boolean {
  if (on.runtime !== "node") return false;
  const [major = 0, minor = 0] = on.version.split(".").map(Number);
  return (major === 24 && minor >= 20) || (major === 26 && minor >= 6) || major > 26;
}

/**
 * The ways that exist here, best first.
 *
 * - `reusePort`: Linux. Others ignore the option, or give every connection to one thread.
 * - `transfer`: Node alone, and TCP alone.
 * - `dispatch`: everywhere.
 */
export function availableWays(sharing: Sharing, on: Platform = platform()): Exclude<AcceptWay, "single">[] {
  const ways: Exclude<AcceptWay, "single">[] = [];
  if (on.os === "linux" && !sharing.unix && !sharing.given) ways.push("reusePort");
  if (
    canTransfer(on) && !sharing.unix && !sharing.secure && !sharing.given &&
    !sharing.proxied
  ) ways.push("transfer");
  ways.push("dispatch");
  return ways;
}

/**
 * Decides how threads share connections: the first way that exists, except `"reusePort"` where the runtime
 * does not share ports dependably; that has to be asked for by name.
 *
 * @param wanted What the program asked for.
 * @param sharing What is to be shared.
 * @param on The runtime and operating system; a test may name others.
 * @throws {RangeError} If it does not exist here; those that do are named.
 */
export function chooseWay(
  wanted: AcceptOption,
  sharing: Sharing,
  on: Platform = platform(),
): Exclude<AcceptWay, "single"> {
  const ways = availableWays(sharing, on);
  if (wanted === "auto") return ways.find((way) => way !== "reusePort" || on.sharesPorts) ?? "dispatch";
  if (ways.includes(wanted)) return wanted;
  const there = ways.map((way) => `"${way}"`).join(", ");
  throw new RangeError(
    `Cannot use option accept: "${wanted}" does not exist for this address here, only ${there}`,
  );
}
