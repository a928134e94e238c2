import { count, counted, type Route } from "./pool_state.ts";

const PIECE = 64 * 1024;

async function released(context: Parameters<Route>[2]): Promise<void> {
  while (counted(context.state, "released") === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Routes for content in both directions. */
export const flowRoutes: Readonly<Record<string, Route>> = {
  "/echo": async (req, res) => {
    await req.body.pipeTo(res.start().writable);
  },
  "/text": async (req, res) => res.send(await req.text()),
  // Reads nothing until it is released, then everything.
  "/read-slowly": async (req, res, context) => {
    count(context.state, "held");
    const reader = req.body.getReader();
    await released(context);
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      count(context.state, "read", next.value.length);
    }
    res.send(String(counted(context.state, "read")));
  },
  // Writes so many pieces of 64 KiB as fast as the client takes them.
  "/write": async (req, res, { state }) => {
    const answer = res.start();
    const piece = new Uint8Array(PIECE).fill(120);
    for (let left = Number(req.uri.query); left > 0; left--) {
      await answer.write(piece);
      count(state, "written", PIECE);
    }
    count(state, "settled");
  },
  "/trailers": async (req, res) => {
    const text = await req.text();
    const trailers = await req.trailers;
    const answer = res.start();
    await answer.write(`${text} ${trailers.get("x-sum")}`);
    answer.end({ trailers: { "x-answer": "42" } });
  },
  "/informational": async (_req, res) => {
    res.sendInformational(103, { link: "</a.css>" });
    await new Promise((resolve) => setTimeout(resolve, 1));
    res.sendInformational(102);
    res.send("final");
  },
  "/refused": (_req, res) => res.send("not to be reached"),
  "/upgrade": async (_req, res, { state }) => {
    const { readable, writable } = await res.upgrade();
    await readable.pipeTo(writable).catch(() => count(state, "aborted"));
    count(state, "settled");
  },
  // Reads nothing of the upgraded connection until it is released.
  "/upgrade/slow": async (_req, res, context) => {
    const { readable, writable } = await res.upgrade();
    count(context.state, "held");
    const reader = readable.getReader();
    await released(context);
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      count(context.state, "read", next.value.length);
    }
    await writable.close();
    count(context.state, "settled");
  },
  // Writes so many pieces of 64 KiB to the upgraded connection.
  "/upgrade/write": async (req, res, { state }) => {
    const { writable } = await res.upgrade();
    const writer = writable.getWriter();
    for (let left = Number(req.uri.query); left > 0; left--) {
      await writer.write(new Uint8Array(PIECE));
      count(state, "written", PIECE);
    }
    await writer.close();
    count(state, "settled");
  },
  "CONNECT": async (_req, res) => {
    const { readable, writable } = await res.upgrade();
    await readable.pipeTo(writable);
  },
};
