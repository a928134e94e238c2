import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import type { BehaviourServer } from "./behaviour_server.ts";
import type { Outcome } from "./control.ts";
import { head } from "./raw_client.ts";
import type { Inspection } from "./routes_request.ts";
import { TempFolder } from "./temp_folder.ts";

type Address = string | { hostname: string; port: number } | { path: string };

function listen(server: BehaviourServer, address: Address): Promise<Outcome> {
  return server.control({ do: "listen", name: server.id(), address });
}

/** Returns the error for an address on which the server cannot listen. */
async function refusal(server: BehaviourServer, address: Address): Promise<string> {
  const { error } = await listen(server, address);
  if (error === undefined) throw new Error(`It listens on ${JSON.stringify(address)}`);
  return `${error.name} ${error.code ?? ""}: ${error.message}`;
}

/** Behaviours of addresses, and of the errors for unusable addresses. */
export const listeningBehaviours: readonly Behaviour[] = [
  {
    name: "Server.http() takes any form of address, and Listening.address has the real port",
    async run(server) {
      // Other forms are covered elsewhere: extra servers use "127.0.0.1:0", and ":0" and a path follow below.
      for (const address of ["localhost:0", { hostname: "127.0.0.1", port: 0 }]) {
        const name = server.id();
        const outcome = await server.control({ do: "listen", name, address });
        const { hostname, port } = outcome.address as { hostname: string; port: number };
        assert(port > 0 && port < 65536, `${port}`);
        if (address !== "localhost:0") {
          assertEquals(hostname, "127.0.0.1");
          assertEquals((await server.ask(head("GET /send/string"), port)).text, "Hello, World!");
        }
        await server.control({ do: "close", name });
      }
    },
  },
  {
    name: "Server.http() on all interfaces reports an IPv4 client by its IPv4 address",
    async run(server) {
      const name = server.id();
      const { address } = await server.control({ do: "listen", name, address: ":0" });
      const { port } = address as { port: number };
      assert(port > 0 && port < 65536, `${port}`);
      const response = await server.ask(head("GET /inspect"), port);
      const { remoteAddress } = JSON.parse(response.text) as Inspection;
      assertEquals(remoteAddress.hostname, "127.0.0.1");
      await server.control({ do: "close", name });
    },
  },
  {
    name: "Server.http() serves a Unix socket, whose path is free again once it has closed",
    async run(server) {
      await using folder = await TempFolder.make();
      const path = `${folder.path}/server.sock`;
      for (let i = 0; i < 2; i++) {
        const name = server.id();
        const { address, error } = await server.control({ do: "listen", name, address: { path } });
        assertEquals([address, error], [{ path }, undefined]);
        assertMatch(await refusal(server, { path }), /^ListenError EADDRINUSE: .*already in use/);
        const response = await server.ask(head("GET /inspect"), { path });
        assertEquals((JSON.parse(response.text) as Inspection).remoteAddress, { path: "" });
        assertEquals((await server.control({ do: "close", name })).error, undefined);
      }
    },
  },
  {
    name: "Server.handle() rejects with the reason if the port is in use",
    async run(server) {
      const error = await refusal(server, `127.0.0.1:${server.port}`);
      const message = `Cannot listen on 127.0.0.1:${server.port}: address already in use`;
      assertEquals(error, `ListenError EADDRINUSE: ${message}`);
      assertEquals((await server.ask(head("GET /send/string"))).status, 200, "the one that has it goes on");
    },
  },
  {
    name: "Server.handle() rejects with the reason if the address does not belong to this machine",
    async run(server) {
      const error = await refusal(server, "192.0.2.1:8080");
      assertMatch(
        error,
        /^ListenError EADDRNOTAVAIL: Cannot listen on 192\.0\.2\.1:8080: address not available/,
      );
    },
  },
  {
    name: "Server.handle() rejects with the reason if the path of a Unix socket is unusable",
    async run(server) {
      await using temporary = await TempFolder.make();
      const folder = temporary.path;
      const file = `${folder}/file`;
      await Deno.writeTextFile(file, "");
      const errors = {
        [`${folder}/missing/a.sock`]: /^ListenError ENOENT: .*no such directory$/,
        [`${file}/a.sock`]: /^ListenError ENOTDIR: .*not a directory$/,
        [`${folder}/${"x".repeat(120)}`]: /^ListenError ENAMETOOLONG: .*path too long for a Unix socket$/,
      };
      for (const [path, error] of Object.entries(errors)) {
        const refused = await refusal(server, { path });
        assertMatch(refused, error);
        assert(refused.includes(`Cannot listen on ${path}: `), refused);
      }
    },
  },
  {
    name: "Server.handle() rejects with the reason if it has no permission to listen",
    // In that folder not even root may create a file.
    skip: Deno.build.os !== "linux" && "there is no folder that is closed to every user",
    async run(server) {
      const error = await refusal(server, { path: "/sys/handoff.sock" });
      assertMatch(error, /^ListenError (EPERM|EACCES): .*: (operation not permitted|permission denied)$/);
    },
  },
  {
    name: "Server.handle() rejects an invalid address",
    async run(server) {
      const wrong = [
        "8080",
        "127.0.0.1",
        "127.0.0.1:65536",
        "127.0.0.1:http",
        "::1:80",
        "[127.0.0.1]:80",
        "a b:80",
      ];
      for (const address of wrong) {
        const error = await refusal(server, address);
        assert(error.startsWith(`AddressError : Cannot listen on "${address}": `), error);
      }
      assertMatch(
        await refusal(server, { hostname: "127.0.0.1", port: -1 }),
        /the port -1 is not 0 to 65535$/,
      );
      assertMatch(await refusal(server, { path: "" }), /the path is empty$/);
    },
  },
];
