/** A JSON API to create, read, change and delete notes in memory. */
import process from "node:process";
import { type Request, type Response, Server } from "../../mod.ts";

interface Note {
  readonly id: number;
  readonly text: string;
}

const MAX_TEXT = 1000;

const notes = new Map<number, Note>();
let lastId = 0;

function sendJson(res: Response, status: number, value: unknown): void {
  res.status = status;
  res.headers.set("content-type", "application/json");
  res.send(JSON.stringify(value));
}

function refuse(res: Response, status: number, allow: string): void {
  res.headers.set("allow", allow);
  sendJson(res, status, { error: "Method not allowed" });
}

/** Reads the text of a note from the content of a request; `null` if the content is invalid. */
async function readText(req: Request): Promise<string | null> {
  let value: unknown;
  try {
    value = await req.json();
  } catch (error) {
    // The server responds to content that violates HTTP or a limit.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const text = (value as { text?: unknown } | null)?.text;
  return typeof text === "string" && text !== "" && text.length <= MAX_TEXT ? text : null;
}

async function collection(req: Request, res: Response): Promise<void> {
  if (req.method === "GET") return sendJson(res, 200, [...notes.values()]);
  if (req.method !== "POST") return refuse(res, 405, "GET, POST");
  const text = await readText(req);
  if (text === null) return sendJson(res, 400, { error: `Send { "text": "1 to ${MAX_TEXT} characters" }` });
  const note = { id: ++lastId, text };
  notes.set(note.id, note);
  res.headers.set("location", `/notes/${note.id}`);
  sendJson(res, 201, note);
}

async function item(req: Request, res: Response, id: number): Promise<void> {
  if (!["GET", "PUT", "DELETE"].includes(req.method)) return refuse(res, 405, "GET, PUT, DELETE");
  const note = notes.get(id);
  if (note === undefined) return sendJson(res, 404, { error: "No such note" });
  if (req.method === "GET") return sendJson(res, 200, note);
  if (req.method === "DELETE") {
    notes.delete(id);
    res.status = 204;
    return;
  }
  const text = await readText(req);
  if (text === null) return sendJson(res, 400, { error: `Send { "text": "1 to ${MAX_TEXT} characters" }` });
  const changed = { id, text };
  notes.set(id, changed);
  sendJson(res, 200, changed);
}

const port = Number(process.argv[2] ?? process.env.PORT ?? 8080);
const server = Server.http(`127.0.0.1:${port}`, { limits: { maxRequestBodySize: 64 * 1024 } });
const listening = await server.handle(async (req, res) => {
  const { path } = req.uri;
  const [, id] = /^\/notes\/(\d{1,9})$/.exec(path) ?? [];
  if (path === "/notes") await collection(req, res);
  else if (id !== undefined) await item(req, res, Number(id));
  else sendJson(res, 404, { error: "No such resource" });
});
console.log(`Listening on http://127.0.0.1:${(listening.address as { port: number }).port}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => listening.close({ deadline: 10_000 }).then(() => process.exit(0)));
}
