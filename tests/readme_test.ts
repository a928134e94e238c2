import { assert, assertEquals } from "@std/assert";

/** The commands of README.md that something runs: which file does, and what in that file shows it. */
const RUN: Readonly<Record<string, readonly [file: string, text: string]>> = {
  "npx -y deno task start": ["tests/start_test.ts", '"task", "start"'],
  "npx -y deno task test": [".ci/run", "npx -y deno task test"],
  "deno task start": ["tests/start_test.ts", '"task", "start"'],
  "deno task test": [".ci/run", "deno task test"],
  "deno task test tests/http": [".github/workflows/ci.yml", "deno task test tests/http"],
  "deno task build:npm": ["tests/package_test.ts", '"build:npm"'],
  "npm install @handoff/server": ["tests/package_test.ts", '"npm", "install"'],
};

/** The commands of README.md that nothing here can run, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "deno add jsr:@handoff/server":
    "The package has to be published first; deno publish --dry-run stands in for it",
  "bun add @handoff/server":
    "The package has to be published first; Bun runs the same tarball installed by npm",
};

/**
 * The commands in a Markdown text: the lines of `sh` blocks, those after `$ ` in `console` blocks, whose
 * other lines are output, and what stands in the running text as `npm install ...` and its like.
 */
function commandsOf(markdown: string): string[] {
  const blocks = markdown.matchAll(/^ *```(sh|bash|shell|console)\b.*\n([^]*?)^ *```/gm);
  const inBlocks = Array.from(blocks, ([, language, body = ""]) => {
    const lines = body.replaceAll(/\\\n\s*/g, "").split("\n").map((line) => line.trim());
    const commands = language === "console"
      ? lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2))
      : lines.filter((line) => line !== "" && !line.startsWith("#"));
    return commands.map((line) => line.replace(/\s+#.*$/, ""));
  });
  const text = markdown.replaceAll(/^ *```[^]*?^ *```/gm, "");
  const inText = text.matchAll(/`((?:npx -y|deno task|deno add|deno run|bun add|npm install) [^`]+)`/g);
  return [...inBlocks.flat(), ...Array.from(inText, ([, command = ""]) => command)];
}

function readText(path: string): string {
  return Deno.readTextFileSync(new URL(`../${path}`, import.meta.url));
}

const commands = commandsOf(readText("README.md"));

Deno.test("README.md begins with the commands that set everything up on a machine that has only npm", () => {
  assertEquals(commands.slice(0, 2), ["npx -y deno task start", "npx -y deno task test"]);
});

for (const command of new Set(commands)) {
  Deno.test(`README.md: ${command} is run by something, or there is a reason why not`, () => {
    if (command in NOT_RUN) return;
    const [file, text] = RUN[command] ?? [];
    if (file === undefined || text === undefined) {
      throw new Error(
        `Cannot tell what runs "${command}": run it in a test and enter it in tests/readme_test.ts`,
      );
    }
    assert(readText(file).includes(text), `${file} does not run "${command}": it has no ${text}`);
  });
}

Deno.test("tests/readme_test.ts lists no command that README.md has dropped", () => {
  const listed = [...Object.keys(RUN), ...Object.keys(NOT_RUN)];
  assertEquals(listed.filter((command) => !commands.includes(command)), []);
});

Deno.test("commands are found in sh and console blocks and in the text", () => {
  const markdown = [
    "```sh",
    "one \\",
    "  --two  # why",
    "",
    "# a comment",
    "```",
    "```console",
    "$ curl -v http://127.0.0.1:8080/",
    "< HTTP/1.1 200 OK",
    "```",
    "```ts",
    "three();",
    "```",
    "Type `npm install four`, as `deno serve` has it.",
  ].join("\n");
  assertEquals(commandsOf(markdown), ["one --two", "curl -v http://127.0.0.1:8080/", "npm install four"]);
});
