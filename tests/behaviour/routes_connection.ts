import { existsSync } from "node:fs";
import type { HandlerFunction, Request, UpgradedConnection } from "../../mod.ts";
import { outcome, parameter, reportOn } from "./report.ts";

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function echo(req: Request, connection: Promise<UpgradedConnection>): Promise<void> {
  const { readable, writable } = await connection;
  reportOn(req, "upgraded");
  reportOn(req, "echoed", { pipe: await outcome(() => readable.pipeTo(writable)) });
}

/** Routes for the behaviours of connections: order, flow, upgrades. */
export const connectionRoutes: Readonly<Record<string, HandlerFunction>> = {
  // Responds after the requested delay, so that a later request may be complete earlier.
  "/slow": async (req, res) => {
    const milliseconds = Number(parameter(req, "ms"));
    reportOn(req, "handling");
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    reportOn(req, "handled");
    res.send(`slow ${parameter(req, "n")}`);
  },
  // Responds when the client ends its content.
  "/gate": async (req, res) => {
    reportOn(req, "handling");
    res.send(`gate ${await req.text()}`);
  },
  "/gate/streaming": async (req, res) => {
    const answer = res.start();
    await answer.write("begun;");
    reportOn(req, "handling");
    await answer.write(await req.text());
  },
  "/digest": async (req, res) => {
    const bytes = await req.bytes();
    res.send(`${bytes.length} ${await sha256(bytes)}`);
  },
  // Reads the content only after a file exists. The threads share no other signal.
  "/gate/file": async (req, res) => {
    reportOn(req, "handling");
    while (!existsSync(parameter(req, "file"))) await new Promise((resolve) => setTimeout(resolve, 5));
    let size = 0;
    for await (const chunk of req.body) size += chunk.length;
    res.send(`${size}`);
  },
  // Responds, and reads the head only after a file exists, when the connection has long been closed.
  "/kept": (req, res) => {
    void (async () => {
      while (!existsSync(parameter(req, "file"))) await new Promise((resolve) => setTimeout(resolve, 5));
      reportOn(req, "kept", { fields: req.headers.raw() });
    })();
    res.send("kept");
  },
  // Reads the content and transfers its memory.
  "/transfer": async (req, res) => {
    let size = 0;
    for await (const chunk of req.body) {
      size += chunk.length;
      chunk.buffer.transfer();
    }
    res.send(`${size}`);
  },
  // Waits until the client disconnects.
  "/hold": async (req) => {
    const { signal } = req;
    const gone = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    reportOn(req, "handling");
    await gone;
    reportOn(req, "aborted");
  },
  // Reads the content some time after its first chunk was read.
  "/expect/ignore": (_req, res) => res.send("ignored"),
  "/expect/cancel": async (req, res) => {
    await req.body.cancel();
    res.status = 413;
    if (parameter(req, "how") === "start") await res.start().write("too large");
    else res.send("too large");
  },
  "/expect/refuse": async (req, res) => res.send(await req.text()),
  "/expect/refuse-later": (_req, res) => res.send("not to be reached"),
  "/expect/read-late": async (req, res) => {
    reportOn(req, "handling");
    res.sendInformational(103, { link: "</early>" });
    res.send(await req.text());
  },

  "/upgrade": (req, res) => {
    res.headers.set("x-kind", "raw");
    return echo(req, res.upgrade());
  },
  "/upgrade/protocol": async (_req, res) => {
    res.headers.set("upgrade", "second");
    const { writable } = await res.upgrade();
    await writable.close();
  },
  "/upgrade/decline": (_req, res) => res.send("declined"),
  "/upgrade/error": async (_req, res) => {
    const text = await outcome(() => res.upgrade());
    res.send(text);
  },
  "/upgrade/unread": async (req, res) => {
    if (parameter(req, "wait") === "yes") await new Promise((resolve) => setTimeout(resolve, 50));
    const how = parameter(req, "how");
    if (how === "cancel") await req.body.cancel();
    if (how === "trailers") await req.trailers;
    if (how === "stream") {
      for await (const _piece of req.body);
      return await echo(req, res.upgrade());
    }
    if (how === "read") return await echo(req, req.bytes().then(() => res.upgrade()));
    res.send(await outcome(() => res.upgrade()));
  },
  "/upgrade/fail": async (_req, res) => {
    const { writable } = await res.upgrade();
    await writable.getWriter().write(new TextEncoder().encode("written;"));
    throw new Error("failed after the upgrade");
  },
  "/upgrade/late": async (req, res) => {
    const gone = new Promise<void>((resolve) => req.signal.addEventListener("abort", () => resolve()));
    reportOn(req, "handling");
    await gone;
    const upgrade = res.upgrade();
    await new Promise((resolve) => setTimeout(resolve, 10));
    reportOn(req, "upgradedLate", { upgrade: await outcome(() => upgrade) });
  },
  "/upgrade/server-first": async (_req, res) => {
    const { readable, writable } = await res.upgrade();
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode("welcome;"));
    let count = 0;
    for await (const chunk of readable) count += chunk.length;
    await writer.write(new TextEncoder().encode(`you sent ${count}`));
    await writer.close();
  },
  "CONNECT tunnel.test:443": (req, res) => echo(req, res.upgrade()),
  "CONNECT careless.test:443": (_req, res) => res.send("a success without a tunnel"),
  "CONNECT untouched.test:443": () => {},
  "CONNECT streaming.test:443": async (req, res) => {
    reportOn(req, "connect outcome", { start: await outcome(() => res.start()) });
    res.status = 403;
  },
};
