/**
 * A runtime's own `WebSocket` against a server of `socket_server.ts`, whose port is the argument. Prints one line of JSON
 * with what each exchange came to.
 */
import process from "node:process";

const origin = `ws://127.0.0.1:${process.argv[2]}`;

/** Opens a socket, sends messages once it is open, and collects as many, or all until it is closed. */
async function exchange(
  path: string,
  send: readonly (string | Uint8Array<ArrayBuffer>)[],
  close = true,
): Promise<unknown> {
  const socket = new WebSocket(origin + path, path === "/" ? ["other", "chat"] : []);
  socket.binaryType = "arraybuffer";
  const messages: unknown[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const timer = setTimeout(() => reject(new Error(`Nothing came of ${path} in 10 seconds`)), 10_000);
  socket.onopen = () => send.forEach((message) => socket.send(message));
  socket.onmessage = ({ data }) => {
    messages.push(
      typeof data === "string" ? summary(data) : `bytes ${summary(String(new Uint8Array(data)))}`,
    );
    if (close && messages.length === send.length) socket.close(3000, "done");
  };
  socket.onclose = ({ code, reason, wasClean }) => {
    resolve({ messages, code, reason, wasClean, protocol: socket.protocol });
  };
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

function summary(text: string): string {
  return text.length < 40 ? text : `${text.length} characters`;
}

const messages = [
  "hello",
  "zwölf \u{1f600}",
  "",
  "x".repeat(70_000),
  "ä".repeat(300_000),
  new Uint8Array([0, 255, 1]),
];
const results: Record<string, unknown> = {};
for (const path of ["/", "/loop", "/deflate", "/deflate/context", "/chat"]) {
  results[path] = await exchange(path, messages);
}
results["/greeting"] = await exchange("/greeting", [], false);
console.log(JSON.stringify(results));
process.exit(0);
