/** A server of WebSockets for the tests. It prints its port, and what its sockets end with on standard error. */
import process from "node:process";
import { type Request, type Response, Server } from "../../mod.ts";
import { acceptWebSocket, broadcast, WebSocketError, type WebSocketOptions } from "../../src/websocket.ts";

const chat = broadcast("chat");

const DEFLATE: Readonly<Record<string, WebSocketOptions["perMessageDeflate"]>> = {
  "/deflate": { threshold: 0 },
  "/deflate/context": { threshold: 0, serverContextTakeover: true, clientContextTakeover: true },
};

async function handler(req: Request, res: Response): Promise<void> {
  const { path } = req.uri;
  const socket = await acceptWebSocket(req, res, {
    protocols: ["chat.v2", "chat"],
    perMessageDeflate: DEFLATE[path] ?? false,
    verifyOrigin: (origin) => origin !== "http://evil.test",
  });
  socket.binaryType = "arraybuffer";
  socket.onclose = ({ code, reason, wasClean }) => console.error(`${path} ${code} ${reason} ${wasClean}`);
  if (path === "/loop") {
    for await (const message of socket) {
      socket.send(message);
      await socket.ready();
    }
  } else if (path === "/chat") {
    chat.subscribe(socket);
    socket.onmessage = ({ data }) => chat.publish(data);
  } else if (path === "/greeting") {
    socket.send(`url ${socket.url}`);
    socket.send(new Uint8Array([1, 2, 3]));
    socket.close(4000, "grüße");
  } else {
    socket.onmessage = ({ data }) => socket.send(data);
  }
}

const listening = await Server.http("127.0.0.1:0", {
  onError: (error) => {
    if (!(error instanceof WebSocketError)) console.error(error);
  },
}).handle(handler);
console.log(JSON.stringify({ port: (listening.address as { port: number }).port }));

process.stdin.resume();
process.stdin.on("end", async () => {
  await listening.close({ deadline: 1000 });
  process.exit(0);
});
