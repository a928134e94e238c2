/** The program of a {@linkcode TestProcess}: runs the tests that are named on standard input. */
import { linesOf } from "../../tests/support/lines.ts";
import type { Task } from "./test_process.ts";

/** Runs tasks from standard input, and writes their results to standard output. */
async function serveTasks(): Promise<void> {
  const answer = (result: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${result}\n`));
  console.log = () => {};
  let unhandled = false;
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    unhandled = true;
  });
  addEventListener("error", (event) => {
    event.preventDefault();
    unhandled = true;
  });
  for await (const line of linesOf(Deno.stdin.readable)) {
    unhandled = false;
    const passed = await runTests(JSON.parse(line) as Task);
    await new Promise((resolve) => setTimeout(resolve, 0));
    answer(passed && !unhandled ? "ok" : "failed");
  }
}

/** Returns `true` if all tests pass; stops at the first failure. */
async function runTests({ folder, tests }: Task): Promise<boolean> {
  type Test = { readonly name: string; readonly fn: (t: unknown) => unknown };
  const registered: Test[] = [];
  const register = (...given: unknown[]): void => {
    const options = given.find((value) => typeof value === "object" && value !== null) as
      | Test & { readonly ignore?: boolean }
      | undefined;
    const fn = (given.find((value) => typeof value === "function") ?? options?.fn) as Test["fn"];
    if (options?.ignore !== true) registered.push({ name: options?.name ?? String(given[0]), fn });
  };
  const hooks = {
    ignore() {},
    only: register,
    beforeAll() {},
    afterAll() {},
    beforeEach() {},
    afterEach() {},
  };
  Object.defineProperty(Deno, "test", { value: Object.assign(register, hooks), configurable: true });
  try {
    for (const file of tests) {
      registered.length = 0;
      await import(`file://${folder}/${file}`);
      for (const { name, fn } of registered) {
        const step = (_name: string, run: () => unknown) => run();
        await fn({ name, step });
      }
    }
    return true;
  } catch {
    return false;
  }
}

if (import.meta.main) await serveTasks();
