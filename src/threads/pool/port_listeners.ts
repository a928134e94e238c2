import * as nodeFs from "node:fs/promises";
import type { TcpAddress } from "../../net/socket.ts";

const { readFile } = nodeFs as unknown as { readFile(path: string, encoding: "latin1"): Promise<string> };

/** The tables of TCP sockets in this network namespace: IPv4 and IPv6. */
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];

/** State `TCP_LISTEN` of the tables. */
const LISTENING = "0A";

/**
 * Counts the sockets in this network namespace that listen on an address, whichever process has them.
 *
 * @param address An IP address and a port. Sockets of the port on every interface count as well; where the
 * address itself means every interface, all sockets of the port count.
 * @returns The number; `null` where the system does not tell it (other than Linux), or not to this process.
 */
export async function countListeners(address: TcpAddress): Promise<number | null> {
  const words = wordsOf(address.hostname);
  if (words === null) return null;
  try {
    const tables = await Promise.all(TABLES.map((path) => readTable(path)));
    return tables.reduce((count, table) => count + countIn(table, words, address.port), 0);
  } catch {
    return null;
  }
}

/** A machine without IPv6 has no table of it. */
async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, "latin1");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT" && path === TABLES[1]) return "";
    throw error;
  }
}

/**
 * Counts in one table. After a number, a line has the local address as `0100007F:1F90`, the remote one, and
 * the state; words of the address are in the byte order of the machine.
 *
 * @param table The text of the table.
 * @param wanted The IP address as {@linkcode wordsOf} has it.
 * @param port The port.
 */
function countIn(table: string, wanted: string, port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  let count = 0;
  // Most of a large table are connections: only lines with the port are taken apart.
  for (let at = table.indexOf(`${suffix} `); at !== -1; at = table.indexOf(`${suffix} `, at + 1)) {
    const line = table.slice(table.lastIndexOf("\n", at) + 1, table.indexOf("\n", at));
    const [, local = "", , state] = line.trim().split(/\s+/);
    if (state !== LISTENING || !local.endsWith(suffix)) continue;
    const words = local.slice(0, -suffix.length);
    if (words === wanted || isWildcard(words) || isWildcard(wanted)) count++;
  }
  return count;
}

function isWildcard(words: string): boolean {
  return /^0+$/.test(words);
}

/** An IP address as the tables of a little-endian machine have it; `null` for a name. */
function wordsOf(hostname: string): string | null {
  const bytes = hostname.includes(":") ? bytesOfIpv6(hostname) : bytesOfIpv4(hostname);
  if (bytes === null) return null;
  let words = "";
  for (let i = 0; i < bytes.length; i += 4) {
    for (let j = 3; j >= 0; j--) words += bytes[i + j]!.toString(16).toUpperCase().padStart(2, "0");
  }
  return words;
}

function bytesOfIpv4(hostname: string): number[] | null {
  const parts = hostname.split(".").map(Number);
  return parts.length === 4 && parts.every((part) => part >= 0 && part <= 255) ? parts : null;
}

function bytesOfIpv6(hostname: string): number[] | null {
  if (!URL.canParse(`http://[${hostname}]`)) return null;
  const [head = "", tail] = new URL(`http://[${hostname}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
  const first = groups(head);
  const last = groups(tail ?? "");
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  return all.flatMap((group) => [group >> 8, group & 255]);
}
