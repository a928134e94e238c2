import { fetchHandler, type HandlerFunction, type Request } from "../../mod.ts";
import { parameter, reportOn } from "./report.ts";

const encoder = new TextEncoder();

/** Creates a stream with some or no pieces that is then silent. It reports when it is canceled. */
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

/** Creates a stream with a number of pieces, and a delay in milliseconds before each. */
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

/** Responds with a Fetch response that has this body. */
function sendByFetch(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  ...[req, res]: Parameters<HandlerFunction>
): void | Promise<void> {
  const init = { headers: { "content-type": "text/event-stream" } };
  return fetchHandler(() => new Response(body, init)).handle(req, res);
}

/** Routes that respond with a stream which is silent for some time or forever. */
export const silenceRoutes: Readonly<Record<string, HandlerFunction>> = {
  "/silent/send": (req, res) => {
    reportOn(req, "handling");
    return res.send(silentStream(req));
  },
  // The promise is not awaited, so the handler has settled long before the client disconnects.
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
  // The client has disconnected before the stream exists.
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
