/**
 * Serves one folder, its first argument, in several ways; the `Host` of a request chooses. What goes to
 * `onError` is written to standard error, a line each.
 */
import process from "node:process";
import { fetchHandler, type Handler, Server } from "../../mod.ts";
import { files, sendFile } from "../../src/files.ts";

const root = process.argv[2]!;
const site = files({ root });

const VARIANTS: Readonly<Record<string, Handler>> = {
  handle: site,
  fetch: fetchHandler(site.fetch),
  follow: files({ root, symlinks: "follow" }),
  deny: files({ root, symlinks: "deny" }),
  dotfiles: files({ root, dotfiles: true }),
  open: files({ root, dotfiles: true, symlinks: "follow" }),
  noindex: files({ root, index: false }),
  indexes: files({ root, index: ["missing.html", "index.txt", "index.html"] }),
  prefix: files({ root, prefix: "/static/" }),
  precompressed: files({ root, precompressed: true }),
  "precompressed-fetch": fetchHandler(files({ root, precompressed: ["gzip", "br"] }).fetch),
  cached: files({ root, cacheControl: (path) => path.endsWith(".js") ? "public, immutable" : null }),
  typed: files({ root, mediaTypes: { ".BIN": "application/x-pattern" } }),
  missing: files({ root: `${root}/nothing` }),
  send: {
    handle: (req, res) => sendFile(req, res, `${root}${req.uri.path}`, { cacheControl: "max-age=60" }),
  },
  below: {
    handle: (req, res) => sendFile(req, res, decodeURIComponent(req.uri.query ?? ""), { root }),
  },
  own: {
    handle: async (req, res) => {
      res.headers.set("content-type", "application/x-own");
      res.headers.set("cache-control", "private");
      res.headers.set("vary", "cookie");
      res.headers.set("x-own", "yes");
      await sendFile(req, res, `${root}${req.uri.path}`, { precompressed: true });
      if (res.status === 404) res.send("my own page");
    },
  },
};

const listening = await Server.http("127.0.0.1:0", {
  onError: (error) => console.error(error instanceof Error ? `${error.name}: ${error.message}` : error),
}).handle((req, res) => VARIANTS[req.headers.get("host") ?? ""]!.handle(req, res));
console.log(JSON.stringify({ port: (listening.address as { port: number }).port }));

process.stdin.resume();
process.stdin.on("end", async () => {
  await listening.close({ deadline: 1000 });
  process.exit(0);
});
