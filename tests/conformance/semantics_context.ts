import { assertEquals } from "@std/assert";
import type { Capture } from "./other_parsers.ts";
import { assertResponse, type ParsedResponse, parseResponses } from "./strict_client.ts";
import { Wire } from "./wire.ts";

/** Milliseconds for any awaited event. */
const PATIENCE = 30_000;

/**
 * The context of a case of `semantics_test.ts`: the servers of one runtime, and the events of their handlers.
 */
export class SemanticsContext {
  readonly #ports: Readonly<Record<string, number>>;
  readonly #captures: Map<string, Capture>;
  #ids = 0;

  private constructor(ports: Readonly<Record<string, number>>, captures: Map<string, Capture>) {
    this.#ports = ports;
    this.#captures = captures;
  }

  /** Reads the ports of the other servers from the first. `captures` receives every parsed response. */
  static async of(port: number, captures: Map<string, Capture>): Promise<SemanticsContext> {
    const context = new SemanticsContext({ default: port }, captures);
    return new SemanticsContext(JSON.parse(await context.ask("/ports")), captures);
  }

  /** Returns the port of the server with certain options. */
  port(server = "default"): number {
    const port = this.#ports[server];
    if (port === undefined) throw new Error(`There is no server "${server}"`);
    return port;
  }

  /** Creates a new id for a request. */
  id(): string {
    return `id${++this.#ids}`;
  }

  /** Connects to a server. */
  connect(server = "default", options: { readonly reading?: boolean } = {}): Promise<Wire> {
    return Wire.connect(this.port(server), options);
  }

  /** Requests a path of the first server over a separate connection, and returns the content. */
  async ask(path: string): Promise<string> {
    using wire = await this.connect();
    await wire.send(get(path, "Connection: close\r\n"));
    const [response] = parseResponses(await wire.untilEnd(), ["GET"]);
    assertEquals(response?.status, 200);
    return response!.body;
  }

  /** Lists the events of the request with an id. */
  async events(id: string): Promise<string[]> {
    return JSON.parse(await this.ask(`/log?${id}`)) as string[];
  }

  /** Waits until an event has happened to the request with an id, and returns all its events. */
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

  /** Lets the handler of the request with an id continue. */
  async open(id: string): Promise<void> {
    await this.ask(`/open?${id}`);
  }

  /**
   * Parses the output of a server on a connection that the server has closed, with the rules for every
   * response.
   *
   * @param methods The methods of the requests, separated by spaces.
   * @param options `closeDelimited`: `true` if the end of the connection may end the last response.
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

  /** Sends requests, the last of which makes the server close, and parses the responses. */
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

/** Creates a GET request. */
export function get(path: string, fields = ""): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
}

/**
 * A request that ends its connection. After other requests its response shows that the server found their
 * ends.
 */
export const LAST: string = get("/hello", "Connection: close\r\n");

/** Creates a POST request, with content if any is given. */
export function post(path: string, content: string, fields = ""): string {
  return `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${content.length}\r\n${fields}\r\n${content}`;
}
