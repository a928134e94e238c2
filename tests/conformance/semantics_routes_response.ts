import { attempt, Deliberate, type FreshResponse, log, nameOf, type Routes } from "./semantics_journal.ts";

/** Strings that would split the message, or that Latin-1 cannot encode. */
const BAD_TEXTS = [
  "a\rb",
  "a\nb",
  "a\r\nb",
  "a\0b",
  "a\u0100b",
  "a\u010ab",
  "a\u010db",
  "a\u{1f600}b",
  "a\u200bb",
];

/** Routes that try valid and invalid responses. */
export const responseRoutes: Routes = {
  "/streamed": async (_req, res) => {
    const streaming = res.start();
    await streaming.write("str");
    await streaming.write("");
    await streaming.write("eamed");
  },
  "/stream": (_req, res) =>
    res.send(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("stream"));
          controller.close();
        },
      }),
    ),
  "/blob": (_req, res) => res.send(new Blob(["blob"])),
  "/streamed-length": async (_req, res) => {
    res.headers.set("content-length", "5");
    const streaming = res.start();
    await streaming.write("hello");
  },
  "/head-length": (_req, res) => {
    res.headers.set("content-length", "12345");
    res.send();
  },
  "/streamed-head-length": (_req, res) => {
    res.headers.set("content-length", "12345");
    res.start();
  },
  "/more": async (_req, res, id) => {
    res.headers.set("content-length", "5");
    const streaming = res.start();
    await streaming.write("hel");
    await streaming.write("loo").catch((error) => log(id, nameOf(error)));
    await streaming.write("lo");
  },
  "/fewer": async (_req, res) => {
    res.headers.set("content-length", "5");
    const streaming = res.start();
    await streaming.write("hel");
  },
  "/send-mismatch": (_req, res, id) => {
    res.headers.set("content-length", "3");
    log(id, attempt(() => res.send("hello")));
    res.headers.delete("content-length");
    res.send("hello");
  },
  "/bad-length": (_req, res, id) => {
    for (const bad of ["-1", "+5", "5.0", "0x5", "5, 5", "five", ""]) {
      res.headers.set("content-length", bad);
      log(id, attempt(() => res.send("hello")));
    }
    res.headers.delete("content-length");
    res.send("hello");
  },
  "/bad-coding": (_req, res, id) => {
    for (const bad of ["gzip", "gzip, chunked", "identity", ""]) {
      res.headers.set("transfer-encoding", bad);
      log(id, attempt(() => res.send("hello")));
    }
    res.headers.delete("transfer-encoding");
    res.send("hello");
  },
  "/close": (_req, res) => {
    res.headers.set("connection", "close");
    res.send("closing");
  },
  "/throw": () => {
    throw new Deliberate("secret");
  },
  "/reject": () => Promise.reject(new Deliberate("secret")),
  "/throw-late": async (_req, res) => {
    const streaming = res.start();
    await streaming.write("some");
    throw new Deliberate("secret");
  },

  "/early-hints": async (_req, res) => {
    res.sendInformational(103, { link: "</a.css>; rel=preload" });
    res.sendInformational(103, { link: "</b.css>; rel=preload" });
    await Promise.resolve();
    res.send("hinted");
  },
  "/bad-informational": (_req, res, id) => {
    for (const status of [101, 200, 99, 199.5, NaN]) {
      log(id, attempt(() => res.sendInformational(status)));
    }
    log(id, attempt(() => res.sendInformational(103, { "content-length": "5" })));
    res.send("hello");
  },
  "/trailers": async (_req, res) => {
    const streaming = res.start();
    await streaming.write("body");
    streaming.end({ trailers: { "x-sum": "42", "X-Other": "a" } });
  },
  "/forbidden-trailers": async (_req, res, id) => {
    const streaming = res.start();
    await streaming.write("body");
    for (
      const name of ["content-length", "Transfer-Encoding", "host", "trailer", "connection", "set-cookie"]
    ) {
      log(id, attempt(() => streaming.end({ trailers: { [name]: "5" } })));
    }
    for (const text of BAD_TEXTS) log(id, attempt(() => streaming.end({ trailers: { "x-sum": text } })));
    streaming.end();
  },
  "/bad-headers": (_req, res, id) => {
    for (const text of BAD_TEXTS) {
      log(id, attempt(() => res.headers.set("x-bad", text)));
      log(id, attempt(() => res.headers.append("x-bad", text)));
      log(id, attempt(() => res.headers.set(text, "value")));
      log(id, attempt(() => res.headers.append(text, "value")));
      log(id, attempt(() => res.sendInformational(103, { "x-bad": text })));
    }
    for (const name of ["", "a b", "a:b", "a(b", "é"]) log(id, attempt(() => res.headers.set(name, "value")));
    for (const status of [100, 199, 600, 0, -1, 200.5, NaN, Infinity]) {
      log(
        id,
        attempt(() => void (res.status = status)),
      );
    }
    res.send("hello");
  },
  "/proto": (_req, res) => {
    res.headers.set("__proto__", "a");
    res.headers.set("constructor", "b");
    res.headers.append("set-cookie", "c=1");
    res.headers.append("set-cookie", "d=2");
    res.send("proto");
  },
  "/own-date": (_req, res) => {
    res.headers.set("Date", new Date().toUTCString());
    res.headers.set("x-own-date", "yes");
    res.send("dated");
  },
};

/** Responds with content to test a status that may have none. */
export async function answerStatus(res: FreshResponse, status: number, how: string): Promise<void> {
  res.status = status;
  if (how === "send") return res.send("content");
  if (how === "length") {
    res.headers.set("content-length", "7");
    return res.send("content");
  }
  if (how === "empty") return;
  if (how === "stream") {
    return await res.send(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("content"));
          controller.close();
        },
      }),
    );
  }
  const streaming = res.start();
  await streaming.write("content");
}
