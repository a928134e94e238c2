import { mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { listen } from "./unix_socket.ts";

/** Bytes of `big.bin`: several reads, and a last one that is not full. */
export const BIG_SIZE = 300_001;

/** Content in which every place differs from those near it, so that a piece out of place shows. */
export function pattern(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 7 + (i >> 8) * 13 + (i >> 16) * 31) & 0xff;
  return bytes;
}

/** Bytes of `huge.bin`, which takes no room on the disk. */
export const HUGE_SIZE = 200 * 1024 * 1024;

/** A folder with a root, `site`, and what lies beside it and must not be served. */
export class Site implements AsyncDisposable {
  readonly folder: string;
  readonly root: string;
  readonly #socket: Disposable;

  private constructor(folder: string, socket: Disposable) {
    this.folder = folder;
    this.root = `${folder}/site`;
    this.#socket = socket;
  }

  static async make(): Promise<Site> {
    const folder = await Deno.makeTempDir({ prefix: "handoff_site_" });
    const root = `${folder}/site`;
    for (const name of ["", "/sub", "/noindex", "/.git", "/.well-known", "/C:"]) {
      await mkdir(`${root}${name}`, { recursive: true });
    }
    await writeFile(`${folder}/secret.txt`, "SECRET");
    // Its path begins like that of the root.
    await mkdir(`${folder}/site_of_others`);
    await writeFile(`${folder}/site_of_others/secret.txt`, "SECRET");
    const texts: Readonly<Record<string, string>> = {
      "index.html": "<h1>Home</h1>",
      "public.txt": "public",
      "sub/index.html": "<h1>Sub</h1>",
      "sub/index.txt": "sub as text",
      "sub/page.html": "page",
      "sub/.hidden": "SECRET",
      "noindex/file.txt": "file",
      "name with blanks ü.txt": "named",
      "percent%2e.txt": "percent",
      "empty.txt": "",
      ".env": "SECRET",
      ".git/config": "SECRET",
      ".well-known/security.txt": "SECRET",
      "app.js": "export default 1;\n",
      "app.js.br": "as brotli",
      "app.js.zst": "as zstandard",
      "style.css": "body {}\n",
    };
    for (const [name, text] of Object.entries(texts)) await writeFile(`${root}/${name}`, text);
    // The first bytes are those of gzip, by which a Fetch response is checked.
    const gzip = new Uint8Array([0x1f, 0x8b, ...new TextEncoder().encode("as gzip")]);
    for (const name of ["app.js.gz", "style.css.gz"]) await writeFile(`${root}/${name}`, gzip);
    await writeFile(`${root}/big.bin`, pattern(BIG_SIZE));
    await writeFile(`${root}/huge.bin`, "");
    await truncate(`${root}/huge.bin`, HUGE_SIZE);
    const links: Readonly<Record<string, string>> = {
      "escape": "..",
      "escape.txt": "../secret.txt",
      "sub/up": "../..",
      "escape_to_sibling": "../site_of_others",
      "absolute": "/etc/passwd",
      "proc_link": "/proc",
      "device": "/dev/zero",
      "dangling": "nothing",
      "loop": "loop",
      "inside.txt": "public.txt",
      "inside": "sub",
    };
    for (const [name, target] of Object.entries(links)) await symlink(target, `${root}/${name}`);
    const { success } = await new Deno.Command("mkfifo", { args: [`${root}/pipe`] }).output();
    if (!success) throw new Error("Cannot make a named pipe");
    return new Site(folder, listen(`${root}/socket`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket[Symbol.dispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}
