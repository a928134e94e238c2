// An app as Hono's users write it. It knows nothing of Handoff.
import { Hono } from "npm:hono@4.13.19";
import { getCookie, setCookie } from "npm:hono@4.13.19/cookie";
import { etag } from "npm:hono@4.13.19/etag";
import { stream, streamSSE, streamText } from "npm:hono@4.13.19/streaming";

const app = new Hono();
const aborted = new Set<string>();

app.use("/tagged/*", etag());
app.use(async (c, next) => {
  await next();
  c.header("x-served-by", "hono");
});

app.get("/", (c) => c.text("Hello, Hono!"));
app.get("/users/:id", (c) => c.json({ id: c.req.param("id"), sort: c.req.query("sort") ?? null }));
app.post("/users", async (c) => {
  const { name } = await c.req.json();
  return c.json({ name, agent: c.req.header("user-agent") }, 201);
});
app.post("/form", async (c) => c.json(await c.req.parseBody()));
app.get("/page", (c) => c.html("<h1>Hello</h1>"));
app.get("/elsewhere", (c) => c.redirect("/page"));
app.get("/address", async (c) => {
  // Each of these modules runs on its runtime alone.
  const { getConnInfo } = "Bun" in globalThis
    ? await import("npm:hono@4.13.19/bun")
    : "Deno" in globalThis
    ? await import("npm:hono@4.13.19/deno")
    : { getConnInfo: null };
  return c.json(getConnInfo === null ? null : getConnInfo(c).remote);
});
app.get("/nothing", (c) => c.body(null, 204));
app.get("/tagged/text", (c) => c.text("tagged"));
app.get("/throws", () => {
  throw new Error("thrown");
});
app.get("/cookies", (c) => {
  setCookie(c, "a", "1");
  setCookie(c, "b", "2", { path: "/b" });
  return c.text(getCookie(c, "given") ?? "none");
});
app.post("/echo", (c) => c.body(c.req.raw.body!));
app.get("/stream", (c) =>
  stream(c, async (to) => {
    for (const piece of ["one ", "two ", "three"]) {
      await to.write(piece);
      await to.sleep(10);
    }
  }));
app.get("/text", (c) =>
  streamText(c, async (to) => {
    await to.writeln("first");
    await to.sleep(10);
    await to.write("last");
  }));
app.get("/events", (c) =>
  streamSSE(c, async (to) => {
    to.onAbort(() => void aborted.add(c.req.query("name") ?? ""));
    for (let id = 0; !to.aborted && id < Number(c.req.query("count") ?? 3); id++) {
      await to.writeSSE({ id: `${id}`, event: "tick", data: `tick ${id}` });
      await to.sleep(10);
    }
  }));
app.get("/aborted", (c) => c.json([...aborted]));

export default app;
