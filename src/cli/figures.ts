import type { ServerStats } from "../server/listening.ts";

/** Milliseconds that a thread waits for the figures. */
const PATIENCE = 1000;

/** What is shown where there are no figures. */
const NONE: ServerStats = { threads: [] };

/**
 * Tells the figures of all threads, which the thread that started the server knows, to any that asks.
 *
 * @param name Of the `BroadcastChannel` to ask on.
 * @param read Reads the figures.
 * @returns Ends it.
 */
export function tellFigures(name: string, read: () => ServerStats): () => void {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => {
    if (data === null) channel.postMessage(read());
  };
  return () => channel.close();
}

/** The questions of this thread that have yet to be answered, by channel. */
const asking = new Map<string, Promise<ServerStats>>();

/**
 * Asks for the figures, or waits for the answer to a question that is under way: under load one serves many
 * requests. An answer to another thread will do, too.
 *
 * @param name Of the `BroadcastChannel` to ask on.
 * @returns The figures; those of no threads if nobody answers.
 */
export function askFigures(name: string): Promise<ServerStats> {
  const before = asking.get(name);
  if (before !== undefined) return before;
  const answer = ask(name).finally(() => asking.delete(name));
  asking.set(name, answer);
  return answer;
}

function ask(name: string): Promise<ServerStats> {
  const channel = new BroadcastChannel(name);
  const { promise, resolve } = Promise.withResolvers<ServerStats>();
  const timer = setTimeout(() => resolve(NONE), PATIENCE);
  channel.onmessage = ({ data }) => {
    // The question of another thread comes here as well.
    if (Array.isArray((data as Partial<ServerStats> | null)?.threads)) resolve(data as ServerStats);
  };
  channel.postMessage(null);
  return promise.finally(() => {
    clearTimeout(timer);
    channel.close();
  });
}
