import * as nodeNet from "node:net";
import type { Address } from "../../net/socket.ts";

/** The part of `net.Server` that is used, declared here so that nothing depends on the types of Node. */
interface LockServer {
  listen(options: { readonly path: string }, listening: () => void): void;
  close(closed: () => void): void;
  on(event: "error", listener: (error: { readonly code?: unknown }) => void): void;
}

const { createServer } = nodeNet as unknown as { createServer(): LockServer };

/** Milliseconds between two attempts at a lock that another process has. */
const RETRY = 10;

/** Milliseconds after which a lock is no longer waited for: the process that has it may have been stopped. */
const PATIENCE = 5000;

/**
 * Does work at which no other server of this library looks whether the same port is free, or begins to listen
 * on it, in this process or another.
 *
 * The lock is a socket in Linux's abstract namespace: it needs no file, belongs to the same network namespace
 * as the port, and goes away with its process. Where there are no such sockets the work is done without.
 *
 * @param address The address that is meant; port 0 is free by itself, and a Unix socket needs no lock.
 * @param work What to do. Others wait for 5 seconds at most.
 */
export async function withPortLock<T>(address: Address, work: () => Promise<T>): Promise<T> {
  const lock = "path" in address || address.port === 0 ? null : await lockPort(address.port);
  try {
    return await work();
  } finally {
    if (lock !== null) await new Promise<void>((resolve) => lock.close(resolve));
  }
}

async function lockPort(port: number): Promise<LockServer | null> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const server = createServer();
    const code = await bind(server, `\0handoff-port-${port}`);
    if (code === null) return server;
    if (code !== "EADDRINUSE" || performance.now() > deadline) return null;
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

/** The code of the error, or `null` where there is none. */
function bind(server: LockServer, path: string): Promise<unknown> {
  return new Promise((resolve) => {
    try {
      server.on("error", ({ code = "" }) => resolve(code));
      server.listen({ path }, () => resolve(null));
    } catch {
      resolve("");
    }
  });
}
