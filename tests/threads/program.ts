import type { Runtime } from "../support/runtimes.ts";

/** Milliseconds after which a program counts as hung. */
const PATIENCE = 120_000;

/** What a program that ended by itself left behind. */
export interface ProgramResult {
  readonly code: number;
  /** The lines of its standard output. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** Runs a program to its end, which it must come to by itself. */
export async function runProgram(
  runtime: Runtime,
  script: URL,
  args: readonly string[] = [],
): Promise<ProgramResult> {
  const [command, ...before] = runtime.command;
  const process = new Deno.Command(command!, {
    args: [...before, decodeURIComponent(script.pathname), ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    process.kill("SIGKILL");
  }, PATIENCE);
  const { code, stdout, stderr } = await process.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout);
  const errors = decoder.decode(stderr);
  if (hung) throw new Error(`${script.pathname} did not end on ${runtime.name}: ${output} ${errors}`);
  return { code, lines: output.split("\n").filter((line) => line !== ""), stderr: errors };
}
