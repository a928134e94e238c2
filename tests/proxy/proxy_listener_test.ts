import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Listener } from "../../src/net/listener.ts";
import { type MemoryClient, memoryListener } from "../../src/net/memory.ts";
import type { Address, Socket, SocketHandler } from "../../src/net/socket.ts";
import { proxyListener, type ProxyProtocolOptions } from "../../src/proxy/proxy_listener.ts";
import { ascii, HEADERS, MALFORMED } from "./proxy_headers.ts";

const LOCAL: Address = { hostname: "127.0.0.1", port: 12345 };
const HEADER = "PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\n";
const CLIENT: Address = { hostname: "192.0.2.1", port: 1000 };

/** Several turns of the microtasks in which sockets in memory work. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** The owner of a connection, which notes its events. */
class Owner implements SocketHandler {
  readonly events: string[] = [];
  readonly address: Address;
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    this.address = socket.remoteAddress;
  }

  /** The bytes that arrived. */
  get text(): string {
    return this.events.filter((event) => event.startsWith("data ")).map((event) => event.slice(5)).join("");
  }

  onData(chunk: Uint8Array): void {
    this.events.push(`data ${new TextDecoder("latin1").decode(chunk)}`);
  }

  onEnd(): void {
    this.events.push("end");
  }

  onDrain(): void {
    this.events.push("drain");
  }

  onClose(error?: Error): void {
    this.events.push(error === undefined ? "close" : "lost");
  }
}

interface Network {
  readonly listener: Listener;
  readonly owners: Owner[];
  connect(...pieces: (string | Uint8Array)[]): Promise<MemoryClient>;
}

function network(
  options: Partial<ProxyProtocolOptions> = {},
  accepted: (socket: Socket) => void = () => {},
): Network {
  const memory = memoryListener();
  const listener = proxyListener(memory.listener, { trusted: ["127.0.0.0/8"], ...options });
  const owners: Owner[] = [];
  listener.start((socket) => {
    const owner = new Owner(socket);
    owners.push(owner);
    accepted(socket);
    return owner;
  }, () => {});
  return {
    listener,
    owners,
    connect: async (...pieces) => {
      const client = memory.connect();
      for (const piece of pieces) {
        client.send(piece);
        await settle();
      }
      return client;
    },
  };
}

for (const { name, bytes, source } of HEADERS) {
  Deno.test(`proxyListener() hands a connection over behind ${name}, however it is split`, async () => {
    for (let at = 0; at <= bytes.length; at += bytes.length > 300 ? 97 : 1) {
      const { owners, connect } = network();
      const rest = new Uint8Array([...bytes.subarray(at), ...ascii("GET")]);
      const client = await connect(...(at === 0 ? [] : [bytes.subarray(0, at)]), rest);
      client.send(" /");
      await settle();
      assertEquals(owners.map(({ address, text }) => ({ address, text })), [
        { address: source ?? LOCAL, text: "GET /" },
      ], `split at ${at}`);
      client.reset();
    }
  });
}

Deno.test("proxyListener() hands a connection over whose header comes byte by byte, and without bytes behind it", async () => {
  const { owners, connect } = network();
  const client = await connect(...Array.from(HEADER));
  assertEquals(owners.map(({ address, events }) => ({ address, events })), [{ address: CLIENT, events: [] }]);
  client.send("x");
  client.end();
  await settle();
  assertEquals(owners[0]!.events, ["data x", "end"]);
  owners[0]!.socket.write("answer");
  owners[0]!.socket.flush();
  owners[0]!.socket.end();
  await settle();
  assertEquals(client.text, "answer");
  assertEquals(owners[0]!.events, ["data x", "end", "close"]);
});

Deno.test("proxyListener() closes a trusted connection that begins with something else", async () => {
  for (const { name, bytes } of MALFORMED) {
    const { owners, connect } = network();
    const client = await connect(bytes);
    assert(client.closed, name);
    assertEquals(owners.length, 0, name);
  }
});

Deno.test("proxyListener() closes a trusted connection that ends within its header", async () => {
  const { owners, connect } = network();
  for (const piece of ["", HEADER.slice(0, 20)]) {
    const client = await connect(piece);
    client.end();
    await settle();
    assert(client.closed);
  }
  const lost = await connect(HEADER.slice(0, 20));
  lost.reset();
  await settle();
  assertEquals(owners.length, 0);
});

Deno.test("proxyListener() closes a trusted connection whose header takes too long", async () => {
  const { owners, connect } = network({ timeout: 20 });
  const [silent, slow, good] = [await connect(), await connect("PROXY"), await connect(HEADER)];
  await new Promise((resolve) => setTimeout(resolve, 60));
  assertEquals([silent.closed, slow.closed, good.closed], [true, true, false]);
  assertEquals(owners.length, 1);
  good.reset();
});

Deno.test("proxyListener() keeps a bounded number of connections without a header, the newest", async () => {
  const { owners, connect } = network({ timeout: 0 });
  const clients: MemoryClient[] = [];
  for (let i = 0; i < 4096; i++) clients.push(await connect());
  assertEquals(clients.filter(({ closed }) => closed).length, 0);
  clients.push(await connect());
  await settle();
  assertEquals(clients.findIndex(({ closed }) => closed), 0);
  assertEquals(clients.filter(({ closed }) => closed).length, 1);
  clients[1]!.send(HEADER);
  await settle();
  assertEquals(owners.map(({ address }) => address), [CLIENT]);
});

Deno.test("proxyListener() serves an untrusted peer under its own address", async () => {
  for (
    const text of [
      "G",
      "GET / HTTP/1.1\r\n",
      "PROPFIND /",
      "POST",
      "\r\nGET /",
      "\r\n\r\n\0\r\nQUIT\r",
      "PROXYING",
    ]
  ) {
    for (let at = 0; at <= text.length; at++) {
      const { owners, connect } = network({ trusted: ["192.0.2.0/24"] });
      const client = await connect(text.slice(0, at), text.slice(at));
      client.end();
      await settle();
      const [owner, ...more] = owners;
      assertEquals({ address: owner?.address, text: owner?.text, more }, { address: LOCAL, text, more: [] });
      assertEquals(owner!.events.at(-1), "end");
    }
  }
});

Deno.test("proxyListener() closes an untrusted peer that sends a header, however it is split", async () => {
  for (const { name, bytes } of HEADERS.filter(({ bytes }) => bytes.length < 300)) {
    for (let at = 0; at <= bytes.length; at++) {
      const { owners, connect } = network({ trusted: [] });
      const client = await connect(bytes.subarray(0, at), bytes.subarray(at));
      assert(client.closed, `${name} split at ${at}`);
      assertEquals(owners[0]?.text, "");
      assertEquals(owners[0]?.events, ["close"]);
    }
  }
});

Deno.test("proxyListener() keeps bytes behind the header until the owner takes them", async () => {
  const { owners, connect } = network({}, (socket) => socket.pause());
  const client = await connect(`${HEADER}first `);
  client.send("second");
  await settle();
  assertEquals(owners[0]!.events, []);
  owners[0]!.socket.resume();
  owners[0]!.socket.pause();
  await settle();
  assertEquals(owners[0]!.events, []);
  owners[0]!.socket.resume();
  assertEquals(owners[0]!.events, [], "never from inside a call of the owner's");
  await settle();
  assertEquals(owners[0]!.events, ["data first ", "data second"]);
  client.reset();
});

Deno.test("proxyListener() tells the owner of the end alone once the owner has given up", async () => {
  for (const giveUp of ["destroy", "reset"] as const) {
    const { owners, connect } = network({}, (socket) => socket.pause());
    await connect(`${HEADER}first`);
    owners[0]!.socket[giveUp]();
    owners[0]!.socket.resume();
    await settle();
    assertEquals(owners[0]!.events, ["close"]);
  }
});

Deno.test("proxyListener() hands nothing over while paused, and then what waited in order", async () => {
  const { listener, owners, connect } = network();
  const before = [await connect("PROXY TCP4 192.0.2.1 "), await connect("PROXY TCP4 192.0.2.2 ")];
  listener.pause();
  for (const client of before) client.send("192.0.2.9 1000 80\r\nGET");
  await settle();
  for (const client of before) client.send(" /");
  await settle();
  assertEquals(owners.length, 0);
  listener.resume();
  await settle();
  assertEquals(owners.map(({ address, text }) => [(address as { hostname: string }).hostname, text]), [
    ["192.0.2.1", "GET /"],
    ["192.0.2.2", "GET /"],
  ]);
});

Deno.test("proxyListener() closes what has not been handed over when it closes, and nothing else", async () => {
  const { listener, owners, connect } = network();
  const [handed, waiting] = [await connect(HEADER), await connect("PROXY")];
  await listener.close();
  await settle();
  assertEquals([handed.closed, waiting.closed], [false, true]);
  handed.send("x");
  await settle();
  assertEquals(owners.map(({ text }) => text), ["x"]);
});

Deno.test("proxyListener() hands over what completes its header while it closes", async () => {
  const { listener, owners, connect } = network();
  const client = await connect("PROXY TCP4 192.0.2.1 ");
  const before = performance.now();
  const closing = listener.close();
  client.send("192.0.2.9 1000 80\r\nGET");
  await closing;
  assert(performance.now() - before < 450, "it waits for headers alone");
  assertEquals(owners.map(({ address, text }) => ({ address, text })), [{ address: CLIENT, text: "GET" }]);
  assertEquals(client.closed, false);
  client.reset();
});

Deno.test("proxyListener() throws on options that are none", () => {
  const { listener } = memoryListener();
  const timeouts: unknown[] = [-1, NaN, "1", null];
  for (const timeout of timeouts) {
    const options = { trusted: "all", timeout } as ProxyProtocolOptions;
    assertThrows(
      () => proxyListener(listener, options),
      TypeError,
      "Cannot use option proxyProtocol.timeout: ",
    );
  }
  assertThrows(
    () => proxyListener(listener, { trusted: ["x"] }),
    TypeError,
    `Cannot use option proxyProtocol.trusted: "x" is not`,
  );
});
