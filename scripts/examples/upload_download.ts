/**
 * Uploads and downloads: `PUT /name` stores a file, `GET /name` sends it with ranges and validators, `DELETE
 * /name` removes it, `GET /` lists all. The second argument is the folder; the default is a new one.
 */
import { mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Request, type Response, Server } from "../../mod.ts";
import { sendFile } from "../../src/files.ts";

const MAX_SIZE = 1024 * 1024 * 1024;

const folder = process.argv[3] ?? await mkdtemp(join(tmpdir(), "uploads-"));

/**
 * Allowed names: letters, digits, and a few other characters. The first character is not a dot, so that no
 * upload is hidden or refers to a parent folder.
 */
const NAME = /^[\w-][\w.-]{0,99}$/;

/**
 * Streams the content to a temporary file, which is renamed when it is complete, so that no incomplete upload
 * can be downloaded.
 */
async function upload(req: Request, res: Response, name: string): Promise<void> {
  const partial = join(folder, `.${crypto.randomUUID()}`);
  const file = await open(partial, "wx");
  try {
    // The client is slowed down to the speed of the disk.
    for await (const chunk of req.body) {
      for (let done = 0; done < chunk.length;) done += (await file.write(chunk, done)).bytesWritten;
    }
    await file.close();
    await rename(partial, join(folder, name));
  } catch (error) {
    await file.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  }
  res.status = 201;
  res.headers.set("location", `/${name}`);
}

async function list(res: Response): Promise<void> {
  const names = (await readdir(folder)).filter((name) => NAME.test(name)).sort();
  res.headers.set("content-type", "text/plain; charset=utf-8");
  res.send(names.map((name) => `${name}\n`).join(""));
}

async function remove(res: Response, name: string): Promise<void> {
  try {
    await rm(join(folder, name));
    res.status = 204;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOENT") throw error;
    res.status = 404;
  }
}

const port = Number(process.argv[2] ?? process.env.PORT ?? 8080);
const server = Server.http(`127.0.0.1:${port}`, { limits: { maxRequestBodySize: MAX_SIZE } });
const listening = await server.handle(async (req, res) => {
  const name = req.uri.path.slice(1);
  if (name === "" && req.method === "GET") return await list(res);
  if (!NAME.test(name)) {
    res.status = 404;
  } else if (req.method === "PUT") {
    await upload(req, res, name);
  } else if (req.method === "DELETE") {
    await remove(res, name);
  } else {
    // Uploads of other users must not run as a page of this site.
    res.headers.set("content-disposition", "attachment");
    await sendFile(req, res, name, { root: folder });
    if (res.status === 405) res.headers.set("allow", "GET, HEAD, PUT, DELETE");
  }
});
console.log(`Listening on http://127.0.0.1:${(listening.address as { port: number }).port}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => listening.close({ deadline: 10_000 }).then(() => process.exit(0)));
}
