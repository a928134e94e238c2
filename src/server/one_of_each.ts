import { HeaderMap } from "../http/header_map.ts";
import { Request } from "../http/request.ts";
import { RequestHead } from "../http/request_head.ts";
import type { Socket } from "../net/socket.ts";
import { Connection } from "./connection.ts";
import { Deadlines } from "./deadlines.ts";
import { Exchange } from "./exchange.ts";
import { Lingering } from "./lingering.ts";
import type { Service } from "./service.ts";

/**
 * Makes one of each object that a connection and a request consist of, none of them a client's, to be kept while
 * connections are served.
 *
 * When the last object of a class has been collected, V8 throws away what it compiled for that class. Deno collects
 * that thoroughly once there was no request for half a minute: without these, 56 functions have to be compiled anew
 * then, and the next second takes 1.5 times as much CPU time.
 *
 * @param service Its clock has been set, so that their numbers are times as those of others are.
 */
export function oneOfEach(service: Service): readonly object[] {
  const connection = new Connection(service, NOBODY);
  const head = new RequestHead();
  const exchange = new Exchange(connection, head, null);
  const lingering = new Lingering(connection, new Deadlines(service.settings.timeouts, service.now), null);
  return [connection, exchange, new Request(head, exchange), new HeaderMap(), lingering];
}

/** A socket that nothing is asked of. */
const NOBODY: Socket = {
  remoteAddress: { path: "" },
  unsent: 0,
  write() {},
  flush: () => true,
  pause() {},
  resume() {},
  end() {},
  destroy() {},
  reset() {},
};
