/**
 * Server-sent events: `GET /` is a page that shows them, `GET /events` is the stream, and `POST /` sends the
 * text of its content to every client.
 */
import process from "node:process";
import { type Response, Server, type Streaming } from "../../mod.ts";

/**
 * Milliseconds after which a comment is sent on a silent stream: proxies close streams that are silent for
 * longer.
 */
const HEARTBEAT = 15_000;

const MAX_TEXT = 4096;

const PAGE = `<!doctype html><meta charset="utf-8"><title>Events</title><ol></ol><script>
new EventSource("/events").onmessage = ({ data }) => {
  document.querySelector("ol").append(Object.assign(document.createElement("li"), { textContent: data }));
};
</script>`;

/** The clients, each with the function that ends its stream. */
const clients = new Map<Response<Streaming>, () => void>();
let lastId = 0;

/** Encodes an event: each line of its text is a field (HTML standard, section 9.2.6). */
function encode(text: string): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `id: ${++lastId}\n${lines.join("")}\n`;
}

/**
 * Sends a message to all clients. A slow client does not delay the others. A failed write is ignored, because
 * the client's signal ends its stream.
 */
function broadcast(message: string): void {
  for (const client of clients.keys()) client.write(message);
}

async function subscribe(signal: AbortSignal, res: Response): Promise<void> {
  res.headers.set("content-type", "text/event-stream");
  res.headers.set("cache-control", "no-store");
  const client = res.start();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  clients.set(client, end);
  signal.addEventListener("abort", () => end());
  client.write(": welcome\n\n");
  await ended;
  clients.delete(client);
}

const port = Number(process.argv[2] ?? process.env.PORT ?? 8080);
const server = Server.http(`127.0.0.1:${port}`, { limits: { maxRequestBodySize: MAX_TEXT } });
const listening = await server.handle(async (req, res) => {
  const { method, uri: { path } } = req;
  if (path === "/events" && method === "GET") {
    await subscribe(req.signal, res);
  } else if (path === "/" && method === "GET") {
    res.headers.set("content-type", "text/html; charset=utf-8");
    res.send(PAGE);
  } else if (path === "/" && method === "POST") {
    broadcast(encode(await req.text()));
    res.send(`Sent to ${clients.size}\n`);
  } else {
    res.status = path === "/" || path === "/events" ? 405 : 404;
  }
});
const heartbeat = setInterval(() => broadcast(": still here\n\n"), HEARTBEAT);
console.log(`Listening on http://127.0.0.1:${(listening.address as { port: number }).port}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    clearInterval(heartbeat);
    const closed = listening.close({ deadline: 10_000 });
    // Streams of events do not end by themselves.
    for (const end of clients.values()) end();
    await closed;
    process.exit(0);
  });
}
