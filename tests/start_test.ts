import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";

Deno.test("deno task start shows a request and ends with 0 on Ctrl-C", async () => {
  // Without npx, which the signal would end before it could hand on the exit code.
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "start", "--port", "0"],
    cwd: fileURLToPath(new URL("../", import.meta.url)),
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: line = "" } = await lines.read();
  const [address = ""] = /http:\/\/127\.0\.0\.1:\d+\//.exec(line) ?? [];
  try {
    assert(address !== "", `It does not print its address but: ${line}`);
    const answer = await fetch(address);
    assertEquals(answer.status, 200);
    assert((await answer.text()).includes("GET"), "The page does not show the request");
  } finally {
    child.kill("SIGINT");
    while (!(await lines.read()).done);
    assertEquals((await child.status).code, 0);
  }
});
