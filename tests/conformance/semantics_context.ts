import { assertEquals } from "@std/assert";
import type { Capture } from "./other_parsers.ts";
import { assertResponse, type ParsedResponse, parseResponses } from "./strict_client.ts";
import { Wire } from "./wire.ts";

/** How long a handler may take to get somewhere. */
const PATIENCE = 30_000;

/** What a case of `semantics_test.ts` works with: the servers of one runtime, and what their handlers tell. */
export class SemanticsContext {
  readonly #ports: Readonly<Record<string, number>>;
  readonly #captures: Map<string, Capture>;
  #ids = 0;

  private constructor(ports: Readonly<Record<string, number>>, captures: Map<string, Capture>) {
    this.#ports = ports;
    this.#captures = captures;
  }

  /** Asks the first server for the ports of the others. `captures` gets every response that is parsed. */
  static async of(port: number, captures: Map<string, Capture>): Promise<SemanticsContext> {
    const context = new SemanticsContext({ default: port }, captures);
    return new SemanticsContext(JSON.parse(await context.ask("/ports")), captures);
  }

  /** The port of the server with certain options. */
  port(server = "default"): number {
    const port = this.#ports[server];
    if (port === undefined) throw new Error(`There is no server "${server}"`);
    return port;
  }

  /** A new id for a request. */
  id(): string {
    return `id${++this.#ids}`;
  }

  /** Connects to a server. */
  connect(server = "default", options: { readonly reading?: boolean } = {}): Promise<Wire> {
    return Wire.connect(this.port(server), options);
  }

  /** Gets a path of the first server, over a connection of its own, and returns the content. */
  async ask(path: string): Promise<string> {
    using wire = await this.connect();
    await wire.send(get(path, "Connection: close\r\n"));
    const [response] = parseResponses(await wire.untilEnd(), ["GET"]);
    assertEquals(response?.status, 200);
    return response!.body;
  }

  /** What happened to the request of an id. */
  async events(id: string): Promise<string[]> {
    return JSON.parse(await this.ask(`/log?${id}`)) as string[];
  }

  /** Waits until something has happened to the request of an id, and returns all that has. */
  async until(id: string, event: string): Promise<string[]> {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const events = await this.events(id);
      if (events.includes(event)) return events;
      if (performance.now() > deadline) {
        throw new Error(`Waited in vain until ${event}; so far: ${JSON.stringify(events)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Lets the handler of an id go on. */
  async open(id: string): Promise<void> {
    await this.ask(`/open?${id}`);
  }

  /**
   * Parses what a server sent on a connection that it has closed, with the rules that hold for every response.
   *
   * @param methods The methods of the requests, separated by blanks.
   * @param options `closeDelimited`: whether the last response may be ended by the end of the connection.
   */
  parse(
    received: string,
    methods: string,
    options: { readonly closeDelimited?: boolean } = {},
  ): ParsedResponse[] {
    const responses = parseResponses(received, methods.split(" "), options);
    for (const response of responses) {
      assertResponse(response);
      if (response.status >= 200) {
        this.#captures.set(response.method + response.raw.replace(/^date: .*\r\n/im, ""), response);
      }
    }
    return responses;
  }

  /** Sends requests of which the last makes the server close, and parses what comes back. */
  async exchange(
    requests: string,
    methods = "GET",
    options: { readonly server?: string; readonly closeDelimited?: boolean } = {},
  ): Promise<ParsedResponse[]> {
    using wire = await this.connect(options.server);
    await wire.send(requests);
    const received = await wire.untilEnd();
    assertEquals(wire.ended, "closed");
    return this.parse(received, methods, options);
  }
}

/** A GET. */
export function get(path: string, fields = ""): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
}

/** A request that ends its connection: behind others it shows that the server knew where those ended. */
export const LAST: string = get("/hello", "Connection: close\r\n");

/** A POST, with content if there is any. */
export function post(path: string, content: string, fields = ""): string {
  return `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${content.length}\r\n${fields}\r\n${content}`;
}
