import { assertEquals } from "@std/assert";
import { pathToFileURL } from "node:url";
import { startFixture } from "../support/fixture.ts";
import { runtimes } from "../support/runtimes.ts";
import { testUnless } from "../support/skip.ts";
import { type Framework, FRAMEWORKS } from "./frameworks.ts";
import { installPackages } from "./npm_packages.ts";

type Check = (origin: string) => Promise<void>;

async function answer(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const text = await response.text();
  assertEquals(response.status, 200, `${url}: ${text}`);
  return response.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : text;
}

function post(value: unknown): RequestInit {
  return { method: "POST", body: JSON.stringify(value), headers: { "content-type": "application/json" } };
}

const checkRoutes: Check = async (origin) => {
  assertEquals(await answer(`${origin}/`), "Hello!");
  assertEquals(await answer(`${origin}/users/7?sort=name`), { id: "7" });
  assertEquals(await answer(`${origin}/echo`, post({ a: ["1"] })), { a: ["1"] });
  assertEquals(await answer(`${origin}/address`), { address: "127.0.0.1" });
  const missing = await fetch(`${origin}/no/such/route`);
  await missing.body?.cancel();
  assertEquals(missing.status, 404);
};

const CHECKS: Readonly<Record<string, Check>> = {
  "GraphQL Yoga": async (origin) => {
    const ask = (query: string) => answer(`${origin}/graphql`, post({ query }));
    const data = { hello: "Hello!", user: "7", address: "127.0.0.1" };
    assertEquals(await ask('{ hello user(id: "7") address }'), { data });
    assertEquals(await ask('mutation { echo(value: "a") }'), { data: { echo: "a" } });
    const asked = await fetch(`${origin}/graphql?query=%7Bhello%7D`, {
      headers: { accept: "application/json" },
    });
    assertEquals(await asked.json(), { data: { hello: "Hello!" } });
  },
  tRPC: async (origin) => {
    const data = (path: string, init?: RequestInit) => answer(`${origin}/trpc/${path}`, init);
    assertEquals(await data("hello"), { result: { data: "Hello!" } });
    assertEquals(await data("user?input=%227%22"), { result: { data: { id: "7" } } });
    assertEquals(await data("echo", post({ a: ["1"] })), { result: { data: { a: ["1"] } } });
    assertEquals(await data("address"), { result: { data: { address: "127.0.0.1" } } });
    const batch = [{ result: { data: "Hello!" } }, { result: { data: { id: "7" } } }];
    assertEquals(await data("hello,user?batch=1&input=%7B%221%22:%227%22%7D"), batch);
  },
};

/** The program that serves an app. It lies beside the app, because the packages are found from there. */
function programOf({ app }: Framework): Readonly<Record<string, string>> {
  const mod = new URL("../../mod.ts", import.meta.url);
  return {
    "app.mjs": app,
    "server.mjs": `
      import process from "node:process";
      import { fetchHandler, Server } from "${mod}";
      import app from "./app.mjs";
      const onError = (error) => console.error(error);
      const listening = await Server.http("127.0.0.1:0", { onError }).handle(fetchHandler(app));
      console.log(JSON.stringify({ port: listening.address.port }));
      process.stdin.resume();
      process.stdin.on("end", async () => {
        await listening.close({ deadline: 1000 });
        process.exit(0);
      });`,
  };
}

for (const framework of FRAMEWORKS) {
  const installed = await installPackages(framework.packages).then(
    (folder) => ({ folder, missing: false as const }),
    (error: Error) => ({ folder: "", missing: error.message.split("\n")[0]! }),
  );
  for (const runtime of runtimes()) {
    testUnless(installed.missing, `an app of ${framework.name} is served on ${runtime.name}`, async () => {
      const folder = await Deno.makeTempDir({ dir: installed.folder, prefix: "app-" });
      try {
        for (const [name, text] of Object.entries(programOf(framework))) {
          await Deno.writeTextFile(`${folder}/${name}`, text);
        }
        await using server = await startFixture(runtime, pathToFileURL(`${folder}/server.mjs`));
        await (CHECKS[framework.name] ?? checkRoutes)(`http://127.0.0.1:${server.port}`);
        assertEquals(server.stderr, []);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
}
