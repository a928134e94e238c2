import { fetchHandler, type HandlerFunction, type Request } from "../../mod.ts";
import { parameter, reportOn } from "./report.ts";

const encoder = new TextEncoder();

/** A stream that says a few things at once, or nothing, and then no more. It tells when it is canceled. */
function silentStream(req: Request): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start: (controller) => {
      for (let i = 0; i < Number(parameter(req, "pieces")); i++) {
        controller.enqueue(encoder.encode("data: piece\n\n"));
      }
    },
    cancel: (reason) => reportOn(req, "canceled", { reason: (reason as Error | undefined)?.name }),
  });
}

/** A stream of so many pieces, with so many milliseconds before each. */
function slowStream(req: Request): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = Number(parameter(req, "pieces"));
  return new ReadableStream({
    async pull(controller) {
      if (left-- === 0) return controller.close();
      await new Promise((resolve) => setTimeout(resolve, Number(parameter(req, "ms"))));
      controller.enqueue(encoder.encode("piece;"));
    },
  });
}

/** Answers a request with a Fetch response that has this body. */
function sendByFetch(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  ...[req, res]: Parameters<HandlerFunction>
): void | Promise<void> {
  const init = { headers: { "content-type": "text/event-stream" } };
  return fetchHandler(() => new Response(body, init)).handle(req, res);
}

/** Routes that answer with a stream which has nothing to say for a while, or for ever. */
export const silenceRoutes: Readonly<Record<string, HandlerFunction>> = {
  "/silent/send": (req, res) => {
    reportOn(req, "handling");
    return res.send(silentStream(req));
  },
  // Nobody waits for it, so the handler has settled long before the client goes.
  "/silent/send-unawaited": (req, res) => {
    reportOn(req, "handling");
    res.send(silentStream(req));
  },
  "/silent/pipe": (req, res) => {
    reportOn(req, "handling");
    return silentStream(req).pipeTo(res.start().writable);
  },
  "/silent/fetch": (req, res) => {
    reportOn(req, "handling");
    return sendByFetch(silentStream(req), req, res);
  },
  // The client is gone before there is a stream.
  "/silent/late": async (req, res) => {
    const gone = new Promise((resolve) => req.signal.addEventListener("abort", resolve));
    reportOn(req, "handling");
    await gone;
    return res.send(silentStream(req));
  },
  "/silent/late-fetch": async (req, res) => {
    const gone = new Promise((resolve) => req.signal.addEventListener("abort", resolve));
    reportOn(req, "handling");
    await gone;
    return sendByFetch(silentStream(req), req, res);
  },
  "/slow-stream/send": (req, res) => res.send(slowStream(req)),
  "/slow-stream/fetch": (req, res) => sendByFetch(slowStream(req), req, res),
};
