/**
 * Server spans of OpenTelemetry, by its semantic conventions for HTTP: made of the server's diagnostics
 * channels, with the span of a request active in its handler. Each span that ends is a line of JSON on
 * standard error.
 */
import { type Context, context, type ContextManager, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import { type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { NodeTracerProvider, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-node";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { channel, subscribe } from "node:diagnostics_channel";
import process from "node:process";
import { Server } from "../../mod.ts";
import type { ExchangeMessage } from "../../src/observe.ts";

/**
 * Methods that are names of spans; clients may send any other (OpenTelemetry, HTTP spans, "Method names").
 */
const METHODS = new Set(["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]);

/** The contexts of OpenTelemetry in a storage that the server's channel can be bound to. */
const storage = new AsyncLocalStorage<Context>();

const contexts: ContextManager = {
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, call, thisArg, ...args) => storage.run(active, () => call.apply(thisArg!, args)),
  bind: (active, target) =>
    typeof target === "function"
      ? storage.run(active, () => AsyncResource.bind(target as () => unknown)) as typeof target
      : target,
  enable: () => contexts,
  disable: () => contexts,
};

const lines: SpanExporter = {
  export(spans, done) {
    for (const span of spans) {
      const { name, kind, attributes, status } = span;
      const { traceId, spanId } = span.spanContext();
      const parent = span.parentSpanContext?.spanId ?? null;
      console.error(
        JSON.stringify({
          name,
          kind: SpanKind[kind],
          traceId,
          spanId,
          parent,
          attributes,
          status: status.code,
        }),
      );
    }
    done({ code: 0 });
  },
  shutdown: () => Promise.resolve(),
};

new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(lines)] }).register({
  contextManager: contexts,
});
const tracer = trace.getTracer("@handoff/server");
const spans = new WeakMap<ExchangeMessage, Span>();

/** Begins the span of a request, below that of the client where `traceparent` names one. */
function begin(message: ExchangeMessage): Context {
  const { method, target, version, headers, remoteAddress } = message.request!;
  const [path = "", query] = target.split("?", 2);
  const host = /^(.*?)(?::(\d+))?$/.exec(headers.get("host") ?? "");
  const isKnown = METHODS.has(method);
  const parent = propagation.extract(ROOT_CONTEXT, headers, {
    get: (from, name) => from.get(name) ?? undefined,
    keys: (from) => [...from.keys()],
  });
  const attributes = {
    "http.request.method": isKnown ? method : "_OTHER",
    ...(isKnown ? {} : { "http.request.method_original": method }),
    "url.scheme": message.secure ? "https" : "http",
    "url.path": path,
    ...(query === undefined ? {} : { "url.query": query }),
    ...(host?.[1] ? { "server.address": host[1] } : {}),
    "server.port": Number(host?.[2] ?? message.localPort),
    ...("hostname" in remoteAddress ? { "client.address": remoteAddress.hostname } : {}),
    "network.protocol.version": version,
    ...(headers.has("user-agent") ? { "user_agent.original": headers.get("user-agent")! } : {}),
  };
  const span = tracer.startSpan(isKnown ? method : "HTTP", { kind: SpanKind.SERVER, attributes }, parent);
  spans.set(message, span);
  return trace.setSpan(parent, span);
}

/** Ends the span of a request with what became of it. */
function end(message: ExchangeMessage): void {
  const span = spans.get(message);
  const { record } = message;
  if (span === undefined || record === null) return;
  if (record.status > 0) span.setAttribute("http.response.status_code", record.status);
  if (record.status >= 500 || record.aborted) {
    span.setAttribute("error.type", record.error instanceof Error ? record.error.name : `${record.status}`);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

// The span is begun where the handler's context is made, so that it is active in the handler.
channel("handoff.request.start").bindStore(storage, (message) => begin(message as ExchangeMessage));
subscribe("handoff.response.end", (message) => end(message as ExchangeMessage));

const port = Number(process.argv[2] ?? process.env.PORT ?? 8080);
const listening = await Server.http(`127.0.0.1:${port}`, { onError: () => {} }).handle(async (req, res) => {
  if (req.uri.path === "/fails") throw new TypeError("A handler's mistake");
  await new Promise((resolve) => setTimeout(resolve, 1));
  // A span of the program's own: below the server's, though the handler has waited.
  await tracer.startActiveSpan("work", async (span) => {
    await res.send(`Trace ${trace.getSpan(context.active())?.spanContext().traceId}\n`);
    span.end();
  });
});
console.log(`Listening on http://127.0.0.1:${listening.port}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => listening.close({ deadline: 10_000 }).then(() => process.exit(0)));
}
