// Server and Listening: addresses, options and results.

import { type Listener, type Listening, Server, type ServerOptions } from "../../mod.ts";
import { type Same, same } from "../support/types.ts";

const handler = () => {};
declare const listener: Listener;

Server.http("127.0.0.1:8080") satisfies Server;
Server.http("[::1]:8080");
Server.http(":8080");
Server.http({ hostname: "127.0.0.1", port: 8080 });
Server.http({ path: "/run/app.sock" });
Server.http("127.0.0.1:0", {});
Server.http("127.0.0.1:0", {
  limits: { maxHeaderSize: 16384, maxHeaderCount: 100, maxRequestBodySize: 1 << 20, maxConnections: 1000 },
  timeouts: { headers: 10_000, idle: 60_000, receive: 30_000, send: 30_000 },
  onError: (error) => console.error(error),
});

Server.http(8080) satisfies Server;
Server.http({ port: 8080 }) satisfies Server;
Server.http(new URL("http://localhost:8080")) satisfies Server;
Server.http({ path: "/run/a.sock", mode: 0o660 }) satisfies Server;
Server.https("127.0.0.1:0", { cert: "", key: "", limits: { maxConnections: 10 } }) satisfies Server;
Server.from(listener, { onError: () => {} }) satisfies Server;

const listening: Listening = await Server.http("127.0.0.1:0").handle(handler);
if ("port" in listening.address) listening.address.port satisfies number;
else listening.address.path satisfies string;
same<Same<typeof listening.closed, Promise<void>>>();
await listening.close();
await listening.close({ deadline: 1000 });
await using _disposed = listening;

// @ts-expect-error TS2554 0: A server listens somewhere
Server.http();
// @ts-expect-error TS2345 boolean: An address is text, a port, a URL or an object
Server.http(true);
// @ts-expect-error TS2322 string: A port is a number
Server.http({ hostname: "127.0.0.1", port: "8080" });
// @ts-expect-error TS2345 port: A port is needed; 0 takes a free one
Server.http({ hostname: "127.0.0.1" });
// @ts-expect-error TS2345 key: A certificate has its key
Server.https("127.0.0.1:0", { cert: "" });
// @ts-expect-error TS2554 2: TLS needs a certificate
Server.https("127.0.0.1:0");
// @ts-expect-error TS2353 cert: Without TLS a certificate is a mistake
Server.http("127.0.0.1:0", { cert: "", key: "" });
// @ts-expect-error TS2345 Listener: An address is not a listener
Server.from("127.0.0.1:0");
// @ts-expect-error TS2673 Server: Servers are made by http(), https() and from()
new Server("127.0.0.1:0");

// @ts-expect-error TS2353 maxConnections: A limit belongs into limits
Server.http("127.0.0.1:0", { maxConnections: 10 });
// @ts-expect-error TS2561 maxHeaders: There is no such limit
Server.http("127.0.0.1:0", { limits: { maxHeaders: 10 } });
// @ts-expect-error TS2322 string: A size is a number of bytes
Server.http("127.0.0.1:0", { limits: { maxHeaderSize: "16k" } });
// @ts-expect-error TS2353 keepAlive: There is no such timeout
Server.http("127.0.0.1:0", { timeouts: { keepAlive: 5000 } });
// @ts-expect-error TS2322 string: A timeout is a number of milliseconds
Server.http("127.0.0.1:0", { timeouts: { headers: "10s" } });
// @ts-expect-error TS2322 boolean: It is called with each error
Server.http("127.0.0.1:0", { onError: true });
// @ts-expect-error TS2561 limit: There is no such option
({ limit: {} }) satisfies ServerOptions;

// @ts-expect-error TS2339 port: It may be a Unix socket
listening.address.port;
// @ts-expect-error TS2540 address: It is bound
listening.address = { hostname: "127.0.0.1", port: 1 };
// @ts-expect-error TS2559 CloseOptions: What ends it is named
await listening.close(1000);
// @ts-expect-error TS2322 string: A deadline is a number of milliseconds
await listening.close({ deadline: "1s" });
// @ts-expect-error TS2339 close: It is what handle() resolves to that can be closed
Server.http("127.0.0.1:0").close();
// @ts-expect-error TS2339 address: A promise is waited for
Server.http("127.0.0.1:0").handle(handler).address;
