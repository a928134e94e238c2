/** The part of `Session` of `node:inspector` that is used. */
interface InspectorSession {
  connect(): void;
  disconnect(): void;
  on(method: string, listener: (event: { readonly params: Readonly<Record<string, unknown>> }) => void): void;
  post(method: string, params?: object): void;
}

/** A call in a stack, as the protocol of the inspector has it: lines and columns from 0. */
interface CallFrame {
  readonly functionName: string;
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber?: number;
  };
}

/** Milliseconds that a thread has to stop for a look at its stack. */
const PATIENCE = 3000;

/** Calls that are told. */
const MAX_FRAMES = 10;

/**
 * Reads the stack of another thread that does not answer, by the inspector of Node. The thread is paused for
 * that moment.
 *
 * @param threadId The number that Node gave to the thread.
 * @returns The lines of the stack as an error has them; `null` where the runtime does not tell them.
 */
export async function stackOfThread(threadId: number): Promise<string | null> {
  // Deno and Bun have the module, but cannot reach another thread by it.
  if ("Deno" in globalThis || "Bun" in globalThis) return null;
  try {
    const { Session } = await import("node:inspector") as unknown as { Session: new () => InspectorSession };
    const session = new Session();
    session.connect();
    try {
      return await pausedStack(session, threadId);
    } finally {
      session.post("NodeWorker.disable");
      session.disconnect();
    }
  } catch {
    return null;
  }
}

function pausedStack(session: InspectorSession, threadId: number): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const timer = setTimeout(() => resolve(null), PATIENCE);
  const scripts = new Map<string, string>();
  let own: unknown = null;
  let stack: string | null = null;
  function send(id: number, method: string): void {
    session.post("NodeWorker.sendMessageToWorker", {
      sessionId: own,
      message: JSON.stringify({ id, method }),
    });
  }
  session.on("NodeWorker.attachedToWorker", ({ params: { sessionId, workerInfo } }) => {
    const { title } = workerInfo as { readonly title: string };
    if (!title.startsWith(`[worker ${threadId}]`)) return;
    own = sessionId;
    send(1, "Debugger.enable");
    send(2, "Debugger.pause");
  });
  session.on("NodeWorker.receivedMessageFromWorker", ({ params: { sessionId, message } }) => {
    if (sessionId !== own) return;
    const { id, method, params } = JSON.parse(message as string);
    if (method === "Debugger.scriptParsed") {
      scripts.set(params.scriptId, params.url);
    } else if (method === "Debugger.paused") {
      stack = linesOf(params.callFrames, scripts);
      send(3, "Debugger.disable");
    } else if (id === 3) {
      // It runs again, and can be ended.
      resolve(stack);
    }
  });
  session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
  return promise.finally(() => clearTimeout(timer));
}

function linesOf(frames: readonly CallFrame[], scripts: ReadonlyMap<string, string>): string {
  return frames.slice(0, MAX_FRAMES).map(({ functionName, location }) => {
    const { scriptId, lineNumber, columnNumber = 0 } = location;
    const place = `${scripts.get(scriptId) || "<anonymous>"}:${lineNumber + 1}:${columnNumber + 1}`;
    return functionName === "" ? `    at ${place}` : `    at ${functionName} (${place})`;
  }).join("\n");
}
