import type { HandlerFunction } from "../../mod.ts";
import { outcome, parameter, reportOn } from "./report.ts";

const encoder = new TextEncoder();

const LARGE = new Uint8Array(65536).fill(46);

/** Creates a stream of pieces, one in each turn of the event loop. */
function streamOf(...pieces: readonly string[]): ReadableStream<Uint8Array> {
  const rest = [...pieces];
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      const piece = rest.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(encoder.encode(piece));
    },
  });
}

/** Routes for the behaviours of `Response<Fresh>`. */
export const responseRoutes: Readonly<Record<string, HandlerFunction>> = {
  "/send/nothing": (_req, res) => res.send(),
  "/send/empty": (_req, res) => res.send(""),
  "/send/string": (_req, res) => res.send("Hello, World!"),
  "/send/unicode": (_req, res) => res.send("Grüße, 世界 🌍"),
  "/send/bytes": (_req, res) => res.send(Uint8Array.from({ length: 256 }, (_, i) => i)),
  "/send/large": (_req, res) => res.send(LARGE),
  "/send/blob": (_req, res) => res.send(new Blob(["Grüße, ", new Uint8Array([33])], { type: "text/plain" })),
  "/send/stream": (_req, res) => res.send(streamOf("one", "two", "three")),
  "/send/stream-with-length": (_req, res) => {
    res.headers.set("content-length", "6");
    return res.send(streamOf("one", "two"));
  },
  // The handler settles at once because the promise is not awaited; the stream is sent nevertheless.
  "/send/stream-unawaited": (_req, res) => void res.send(streamOf("one", "two")),
  "/send/stream-cut": (_req, res) => {
    const failing = streamOf("one").pipeThrough(
      new TransformStream({
        flush() {
          throw new Error("the stream failed");
        },
      }),
    );
    return res.send(failing);
  },
  "/send/stream-cancelled": (req, res) => {
    let pulled = 0;
    return res.send(
      new ReadableStream({
        // The stream ends, so that a server that keeps reading it can proceed.
        pull: (controller) => {
          if (++pulled > 2000) controller.close();
          else controller.enqueue(new Uint8Array(65536));
        },
        cancel: () => reportOn(req, "cancelled", { pulled }),
      }),
    );
  },
  "/send/with-length": (_req, res) => {
    res.headers.set("content-length", "5");
    res.send("12345");
  },
  "/send/wrong-length": async (req, res) => {
    res.headers.set("content-length", parameter(req, "length"));
    reportOn(req, "outcome", { send: await outcome(() => res.send("12345")) });
  },
  "/send/wrong-type": async (req, res) => {
    const wrong = { toString: () => "an object" } as unknown as string;
    reportOn(req, "outcome", { send: await outcome(() => res.send(wrong)) });
    res.send("still fresh");
  },
  "/send/twice": async (req, res) => {
    res.send("first");
    reportOn(req, "outcome", {
      send: await outcome(() => res.send("second")),
      start: await outcome(() => res.start()),
      status: await outcome(() => void (res.status = 500)),
      informational: await outcome(() => res.sendInformational(103)),
      upgrade: await outcome(() => res.upgrade()),
    });
  },

  "/status": async (req, res) => {
    reportOn(req, "outcome", { before: res.status });
    const set = await outcome(() => void (res.status = Number(parameter(req, "code"))));
    reportOn(req, "outcome", { set, after: res.status });
    res.send(`status ${res.status}`);
  },
  "/status/untouched": (req, res) => void (res.status = Number(parameter(req, "code"))),
  "/status/stream": (req, res) => {
    res.status = Number(parameter(req, "code"));
    return res.send(streamOf("one", "two"));
  },
  "/status/start": async (req, res) => {
    res.status = Number(parameter(req, "code"));
    await res.start().write("content");
  },

  "/headers": (_req, res) => {
    res.headers.set("X-Order", "1");
    res.headers.append("set-cookie", "a=1");
    res.headers.append("x-order", "2");
    res.headers.append("Set-Cookie", "b=2");
    res.headers.set("__proto__", "a header like any other");
    res.send();
  },
  "/headers/latin1": (_req, res) => {
    res.headers.set("x-name", "Jürgen");
    res.send("ü");
  },
  "/headers/date": (_req, res) => {
    res.headers.set("date", "Tue, 15 Nov 1994 08:12:31 GMT");
    res.send();
  },
  "/headers/close": (_req, res) => {
    res.headers.set("connection", "close");
    res.send();
  },
  "/headers/splitting": async (req, res) => {
    const values = ["a\r\nb: c", "a\nb", "a\0b", "a\u010db"];
    const outcomes = [await outcome(() => res.headers.set("a\r\nb", "c"))];
    for (const value of values) outcomes.push(await outcome(() => res.headers.set("x-split", value)));
    reportOn(req, "outcome", { outcomes: outcomes.map((text) => text.split(":")[0]) });
    res.send("unharmed");
  },

  "/informational": async (_req, res) => {
    res.sendInformational(103, { link: "</style.css>; rel=preload" });
    res.sendInformational(102);
    await new Promise((resolve) => setTimeout(resolve, 0));
    res.sendInformational(103, [["Link", "</a.js>"], ["Link", "</b.js>"]]);
    res.send("final");
  },
  "/informational/errors": async (req, res) => {
    reportOn(req, "outcome", {
      switching: await outcome(() => res.sendInformational(101)),
      final: await outcome(() => res.sendInformational(200)),
      framed: await outcome(() => res.sendInformational(103, { "content-length": "1" })),
    });
    res.send("final");
  },
};
