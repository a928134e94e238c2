/**
 * Registers a test that requires programs which may be missing. If one is missing the test is skipped, and
 * its name contains the reason: the test run prints it, and counts a skip without a reason as a failure.
 */
export function testUsing(
  programs: readonly string[],
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  testUnless(missingPrograms(programs), name, fn);
}

/** Returns the reason to skip a test that requires programs; `false` if none is missing. */
export function missingPrograms(programs: readonly string[]): string | false {
  const missing = programs.filter((program) => !isInstalled(program));
  return missing.length > 0 && `${missing.join(" and ")} is not installed`;
}

/** Registers a test that is skipped if there is a reason, and runs if there is none (`false`). */
export function testUnless(
  reason: string | false,
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  if (reason === false) Deno.test(name, fn);
  else Deno.test({ name: `${name} [skipped: ${reason}]`, ignore: true, fn });
}

const installed = new Map<string, boolean>();

function isInstalled(program: string): boolean {
  let found = installed.get(program);
  if (found === undefined) {
    found = findProgram(program);
    installed.set(program, found);
  }
  return found;
}

function findProgram(program: string): boolean {
  const windows = Deno.build.os === "windows";
  const folders = Deno.env.get("PATH")?.split(windows ? ";" : ":") ?? [];
  return folders.some((folder) => isFile(`${folder}/${program}${windows ? ".exe" : ""}`));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
