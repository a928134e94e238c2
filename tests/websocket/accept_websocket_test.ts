import { assertEquals, assertRejects } from "@std/assert";
import { type Request, type Response, Server } from "../../mod.ts";
import { memoryListener } from "../../src/testing.ts";
import {
  acceptWebSocket,
  type ServerWebSocket,
  WebSocketError,
  type WebSocketOptions,
} from "../../src/websocket.ts";
import { prepareWebSocket } from "../../src/websocket/prepare_websocket.ts";
import { resolveWebSocketOptions } from "../../src/websocket/websocket_options.ts";
import { clientFrame } from "./frames.ts";
import { requestHead } from "./open_socket.ts";

const OFFER = "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/** Waits for a promise, for 5 seconds at most. */
async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Nothing came of it in 5 seconds: ${what}`)), 5000);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks a server in memory for a WebSocket, and gives its answer's head and what became of `acceptWebSocket()`. */
async function ask(
  options: WebSocketOptions<Request>,
  fields = "",
  change: (req: Request, res: Response) => void = () => {},
): Promise<{ head: string; outcome: ServerWebSocket | WebSocketError; errors: unknown[] }> {
  const errors: unknown[] = [];
  const outcome = Promise.withResolvers<ServerWebSocket | WebSocketError>();
  const { listener, connect } = memoryListener();
  await using _listening = await Server.from(listener, { onError: (error) => errors.push(error) }).handle(
    async (req, res) => {
      change(req, res);
      try {
        const socket = await acceptWebSocket(req, res, options);
        socket.onmessage = ({ data }) => socket.send(data);
        outcome.resolve(socket);
      } catch (error) {
        outcome.resolve(error as WebSocketError);
        throw error;
      }
    },
  );
  const client = connect();
  client.send(`GET /chat?room=1 HTTP/1.1\r\n${OFFER}${fields}\r\n`);
  await within(client.until("\r\n\r\n"), "the head");
  const [head = ""] = client.text.split("\r\n\r\n");
  if (head.includes(" 101 ")) {
    client.send(clientFrame({ payload: "ping" }));
    await within(client.until("\x04ping"), "the echo");
  }
  client.end();
  await within(client.until(() => client.closed), "the end of the connection");
  return { head, outcome: await outcome.promise, errors };
}

Deno.test("acceptWebSocket() answers 101 with the accept key, the protocol, and the program's own headers", async () => {
  const { head, outcome } = await ask(
    { protocols: ["v2", "v1"] },
    "Sec-WebSocket-Protocol: v1, v2\r\n",
    (_req, res) => res.headers.set("set-cookie", "a=1"),
  );
  assertEquals(head.split("\r\n").sort(), [
    "HTTP/1.1 101 Switching Protocols",
    "connection: upgrade",
    "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    "sec-websocket-protocol: v1",
    "set-cookie: a=1",
    "upgrade: websocket",
  ]);
  const socket = outcome as ServerWebSocket;
  assertEquals([socket.url, socket.protocol], ["ws://a/chat?room=1", "v1"]);
});

Deno.test("acceptWebSocket() answers an origin that is not allowed with 403, and a closing server's requests with 503", async () => {
  const verify = (allowed: string): WebSocketOptions<Request> => ({
    verifyOrigin: (origin, req) => Promise.resolve(origin === allowed && req.uri.path === "/chat"),
  });
  const fine = await ask(verify("https://a.test"), "Origin: https://a.test\r\n");
  assertEquals(fine.head.slice(0, 12), "HTTP/1.1 101");
  const refused = await ask(verify("https://a.test"), "Origin: https://b.test\r\n");
  assertEquals(refused.head.slice(0, 12), "HTTP/1.1 403");
  assertEquals((refused.outcome as WebSocketError).status, 403);
  const closing = await ask({}, "", (req) => {
    Object.defineProperty(req, "draining", { value: AbortSignal.abort() });
  });
  assertEquals(closing.head.slice(0, 12), "HTTP/1.1 503");
});

Deno.test("acceptWebSocket() rejects after a refusal, which a handler may let go: the answer stays what it is", async () => {
  const { head, outcome, errors } = await ask({}, "", (req) => req.headers.set("sec-websocket-version", "8"));
  assertEquals(head.slice(0, 12), "HTTP/1.1 426");
  assertEquals(
    outcome instanceof WebSocketError && outcome.message,
    "Cannot accept the WebSocket: The version of WebSocket is not 13",
  );
  assertEquals(errors.every((error) => error === outcome), true);
});

Deno.test("acceptWebSocket() rejects options that are wrong, and names them", async () => {
  const wrong: readonly (readonly [WebSocketOptions<Request>, string])[] = [
    [{ maxMessageSize: -1 }, '"maxMessageSize"'],
    [{ maxFragments: 0 }, '"maxFragments"'],
    [{ pingInterval: 1.5 }, '"pingInterval"'],
    [{ maxQueued: "1" as unknown as number }, '"maxQueued"'],
    [{ protocols: "chat" as unknown as string[] }, '"protocols"'],
    [{ verifyOrigin: "a" as never }, '"verifyOrigin"'],
    [{ perMessageDeflate: { serverMaxWindowBits: 7 } }, '"serverMaxWindowBits"'],
    [{ perMessageDeflate: { level: 10 } }, '"level"'],
  ];
  for (const [options, words] of wrong) {
    await assertRejects(() => acceptWebSocket({} as Request, {} as Response, options), Error, words);
  }
});

Deno.test("a protocol that was not offered cannot be chosen, and none may be", () => {
  const choose = (protocol: string | null) => {
    const head = requestHead({ "sec-websocket-protocol": "a, b" });
    const prepared = prepareWebSocket(head, head, resolveWebSocketOptions({ protocols: () => protocol }));
    return "status" in prepared ? prepared.status : prepared.socket.protocol;
  };
  assertEquals([choose("b"), choose(null), choose("")], ["b", "", ""]);
  try {
    choose("c");
    throw new Error("It was chosen");
  } catch (error) {
    assertEquals(
      (error as Error).message,
      "Cannot accept the WebSocket: the protocol that was chosen has not been offered",
    );
  }
});
