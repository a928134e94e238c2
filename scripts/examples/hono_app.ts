/**
 * An app of Hono, a framework for the Fetch API. Apps of other frameworks are served in the same way, by
 * their exported `fetch`.
 */
import { Hono } from "hono";
import process from "node:process";
import { fetchHandler, Server } from "../../mod.ts";
import { files } from "../../src/files.ts";

const assets = files({ root: new URL("./", import.meta.url), prefix: "/assets" });

const app = new Hono();
app.get("/", (c) => c.html("<h1>Hello, Hono!</h1>"));
app.get("/hello/:name", (c) => c.json({ hello: c.req.param("name") }));
app.post("/sum", async (c) => {
  const numbers = await c.req.json<unknown>();
  if (!Array.isArray(numbers) || numbers.some((number) => typeof number !== "number")) {
    return c.json({ error: "Send a list of numbers" }, 400);
  }
  return c.json({ sum: numbers.reduce((sum, number) => sum + number, 0) });
});
app.get("/assets/*", (c) => assets.fetch(c.req.raw));

const port = Number(process.argv[2] ?? process.env.PORT ?? 8080);
const listening = await Server.http(`127.0.0.1:${port}`).handle(
  fetchHandler((request) => app.fetch(request)),
);
console.log(`Listening on http://127.0.0.1:${(listening.address as { port: number }).port}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => listening.close({ deadline: 10_000 }).then(() => process.exit(0)));
}
