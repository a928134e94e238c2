import { assertEquals } from "@std/assert";
import { runtimes } from "../support/runtimes.ts";
import { runProgram } from "../threads/program.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Arguments, an environment, and some of what is read. */
const LINES: readonly (readonly [args: string[], env: Record<string, string>, expected: Fields])[] = [
  [[], {}, {
    address: { hostname: "127.0.0.1", port: 8080 },
    tls: null,
    delay: 0,
    grace: 10_000,
    quiet: false,
  }],
  [[], { PORT: "3000", HOST: "0.0.0.0" }, { address: { hostname: "0.0.0.0", port: 3000 } }],
  [[], { PORT: "", HOST: "" }, { address: { hostname: "127.0.0.1", port: 8080 } }],
  [["-p", "1", "--hostname", "[::1]"], { PORT: "2", HOST: "a" }, { address: { hostname: "::1", port: 1 } }],
  [["--unix", "/tmp/x"], { PORT: "2", HOST: "a" }, { address: { path: "/tmp/x" } }],
  [["--port=0"], { PORT: "x" }, { address: { hostname: "127.0.0.1", port: 0 } }],
  [["--cert", "a", "--key", "b", "-q"], {}, { tls: { cert: "a", key: "b" }, quiet: true }],
  [["--grace", "none", "--delay", "2.5"], {}, { grace: "Infinity", delay: 2500 }],
  [["--grace", "0"], {}, { grace: 0 }],
  [
    [
      "--max-header-size",
      "64k",
      "--max-request-body-size=2G",
      "--max-connections",
      "none",
      "--max-header-count",
      "7",
    ],
    {},
    {
      limits: {
        maxHeaderSize: 65_536,
        maxRequestBodySize: 2 ** 31,
        maxConnections: "Infinity",
        maxHeaderCount: 7,
      },
    },
  ],
  [["--timeout-idle", "75", "--timeout-send", "none"], {}, { timeouts: { idle: 75_000, send: "Infinity" } }],
];

for (const runtime of runtimes()) {
  Deno.test(`readCommandLine() reads options and environment on ${runtime.name}`, async () => {
    const program = new URL("./arguments_program.ts", import.meta.url);
    const vectors = JSON.stringify([...LINES.map(([args, env]) => [args, env]), [[], { PORT: "80a" }]]);
    const { lines: [text = ""], stderr } = await runProgram(runtime, program, [vectors]);
    const outcomes = JSON.parse(text) as Fields[];
    for (const [index, [args, , expected]] of LINES.entries()) {
      const outcome = outcomes[index]!;
      const read = Object.fromEntries(Object.keys(expected).map((name) => [name, outcome[name]]));
      assertEquals(read, expected, `${args.join(" ")}: ${stderr}`);
    }
    const mistake = 'UsageError: Environment variable PORT: "80a" is not a whole number from 0 to 65535';
    assertEquals<unknown>(outcomes.at(-1), mistake);
  });
}
