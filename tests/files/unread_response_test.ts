import { assertEquals, assertRejects } from "@std/assert";
import { FileChangedError, files } from "../../src/files.ts";
import { BIG_SIZE, Site } from "./site.ts";

/** How often this process has a file open (Linux). */
function openFiles(path: string): number {
  return Array.from(Deno.readDirSync("/proc/self/fd")).filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`) === path;
    } catch {
      return false;
    }
  }).length;
}

Deno.test("files().fetch() keeps no file open for a response that nobody reads, or gives up", async () => {
  await using site = await Site.make();
  const { fetch } = files({ root: site.root });
  const path = `${site.root}/big.bin`;
  const unread = await fetch(new Request("http://host/big.bin"));
  assertEquals([unread.status, unread.headers.get("content-length")], [200, `${BIG_SIZE}`]);
  assertEquals(openFiles(path), 0);
  const reader = unread.body!.getReader();
  await reader.read();
  assertEquals(openFiles(path), 1);
  await reader.cancel();
  assertEquals(openFiles(path), 0);
  const whole = await fetch(new Request("http://host/big.bin"));
  assertEquals((await whole.bytes()).length, BIG_SIZE);
  assertEquals(openFiles(path), 0);
});

Deno.test("files().fetch() sends no other file under the head of one that was replaced", async () => {
  await using site = await Site.make();
  const { fetch } = files({ root: site.root });
  const response = await fetch(new Request("http://host/big.bin"));
  await Deno.writeFile(`${site.root}/other.bin`, new Uint8Array(BIG_SIZE));
  await Deno.rename(`${site.root}/other.bin`, `${site.root}/big.bin`);
  await assertRejects(() => response.bytes(), FileChangedError, "it has been replaced meanwhile");
  await Deno.remove(`${site.root}/big.bin`);
  const { status } = await fetch(new Request("http://host/big.bin"));
  assertEquals(status, 404);
});

Deno.test("files() follows a root that is a link and is replaced, as deployments do", async () => {
  await using site = await Site.make();
  await Deno.mkdir(`${site.folder}/next`);
  await Deno.writeTextFile(`${site.folder}/next/public.txt`, "next");
  await Deno.symlink("site", `${site.folder}/current`);
  const { fetch } = files({ root: `${site.folder}/current` });
  assertEquals(await (await fetch(new Request("http://host/public.txt"))).text(), "public");
  await Deno.remove(`${site.folder}/current`);
  await Deno.symlink("next", `${site.folder}/current`);
  assertEquals(await (await fetch(new Request("http://host/public.txt"))).text(), "next");
  assertEquals((await fetch(new Request("http://host/index.html"))).status, 404);
});
