import type { HandlerFunction } from "../../mod.ts";
import { outcome, parameter, reportOn } from "./report.ts";

const encoder = new TextEncoder();

/** Milliseconds after which a pending write counts as held back. */
const HELD_BACK = 250;

/** Routes for the behaviours of `Response<Streaming>`. */
export const streamingRoutes: Readonly<Record<string, HandlerFunction>> = {
  // The handler continues when the client has sent content.
  "/start": async (req, res) => {
    res.status = 201;
    res.headers.set("x-kind", "streaming");
    const answer = res.start();
    for await (const _chunk of req.body) await answer.write("written");
    await answer.write(` ${answer.status}`);
  },
  "/write": async (_req, res) => {
    const answer = res.start();
    await answer.write("text ü");
    await answer.write("");
    await answer.write(new Uint8Array(0));
    await answer.write(encoder.encode("bytes"));
    answer.end();
  },
  "/write/binary": async (_req, res) => {
    const answer = res.start();
    await answer.write(Uint8Array.from({ length: 256 }, (_, i) => i));
  },
  "/write/wrong-type": async (req, res) => {
    const answer = res.start();
    await answer.write("before;");
    reportOn(req, "outcome", { write: await outcome(() => answer.write({} as unknown as string)) });
    await answer.write("after");
  },
  "/write/length": async (req, res) => {
    res.headers.set("content-length", "10");
    const answer = res.start();
    for (const piece of parameter(req, "pieces").split(",")) {
      reportOn(req, "outcome", { write: await outcome(() => answer.write(piece)) });
    }
  },
  "/end": async (req, res) => {
    const answer = res.start();
    await answer.write("content");
    answer.end();
    reportOn(req, "outcome", {
      end: await outcome(() => answer.end()),
      write: await outcome(() => answer.write(`late ${parameter(req, "id")}`)),
    });
  },
  "/end/short": async (req, res) => {
    res.headers.set("content-length", "10");
    const answer = res.start();
    await answer.write("12345");
    reportOn(req, "outcome", { end: await outcome(() => answer.end()) });
  },
  "/trailers": async (_req, res) => {
    const answer = res.start();
    await answer.write("content");
    answer.end({ trailers: [["X-Sum", "42"], ["x-more", "ü"]] });
  },
  "/trailers/forbidden": async (req, res) => {
    const answer = res.start();
    reportOn(req, "outcome", {
      end: await outcome(() => answer.end({ trailers: { "content-length": "1" } })),
    });
    await answer.write("still open");
  },
  "/dispose": async (_req, res) => {
    // Does the work of `await using`, which Node 22 does not support.
    const answer = res.start();
    await answer.write("disposed");
    await answer[Symbol.asyncDispose]();
    // The response is complete before the handler settles.
    await new Promise((resolve) => setTimeout(resolve, 50));
  },
  "/writable": async (_req, res) => {
    const answer = res.start();
    const writer = answer.writable.getWriter();
    await writer.write(encoder.encode("one"));
    await writer.write(encoder.encode("two"));
    await writer.close();
  },
  "/writable/abort": async (_req, res) => {
    const { writable } = res.start();
    const writer = writable.getWriter();
    await writer.write(encoder.encode("one"));
    await writer.abort(new Error("given up"));
  },
  "/echo": async (req, res) => {
    await req.body.pipeTo(res.start().writable);
  },
  "/members": (req, res) => {
    const fresh = ["write", "writable", "end"].filter((name) => name in res);
    const answer = res.start();
    const streaming = ["headers", "send", "start", "sendInformational", "upgrade"].filter((name) =>
      name in answer
    );
    const status = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(answer), "status");
    reportOn(req, "outcome", { fresh, streaming, statusCanBeSet: status?.set !== undefined });
  },

  // Writes as fast as the client reads, and reports when a write has to wait.
  "/flood": async (req, res) => {
    const total = Number(parameter(req, "total"));
    const piece = new Uint8Array(64 * 1024).fill(120);
    res.headers.set("content-length", String(total));
    const answer = res.start();
    let written = 0;
    try {
      while (written < total) {
        const next = piece.subarray(0, Math.min(piece.length, total - written));
        const timer = setTimeout(() => reportOn(req, "held back", { written }), HELD_BACK);
        await answer.write(next).finally(() => clearTimeout(timer));
        written += next.length;
      }
      reportOn(req, "flooded", { written });
    } catch (error) {
      reportOn(req, "flood failed", { error: (error as Error).name, aborted: req.signal.aborted });
    }
  },
  "/flood/writer": async (req, res) => {
    const writer = res.start().writable.getWriter();
    const piece = new Uint8Array(64 * 1024).fill(120);
    const flood = async () => {
      for (;;) {
        // An early report is harmless.
        const timer = setTimeout(() => reportOn(req, "held back"), 20);
        await writer.ready.finally(() => clearTimeout(timer));
        for (let i = 0; i < 3; i++) writer.write(piece).catch(() => {});
      }
    };
    reportOn(req, "flood failed", { ready: await outcome(flood) });
  },
};
