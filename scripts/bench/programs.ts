/** Finds a program on the PATH, or in the folders for administrators, where Debian installs nginx. */
export function executablePath(program: string): string | undefined {
  const folders = [...(Deno.env.get("PATH")?.split(":") ?? []), "/usr/sbin", "/sbin"];
  return folders.map((folder) => `${folder}/${program}`).find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The core of the servers. {@linkcode LOAD_CORE} is the core of the load. */
export const SERVER_CORE = 0;
/** The core of the load. */
export const LOAD_CORE = 1;

/** Pins a command to one core if `taskset` exists and the machine has two cores. */
export function pinned(core: number, command: readonly string[]): string[] {
  const taskset = navigator.hardwareConcurrency < 2 ? undefined : executablePath("taskset");
  return taskset === undefined ? [...command] : [taskset, "-c", String(core), ...command];
}

/** Extracts the version from the output of a program. */
export function versionOf(command: readonly string[], pattern: RegExp): string {
  const [program, ...args] = command;
  try {
    const { stdout, stderr } = new Deno.Command(program!, { args, stdin: "null" }).outputSync();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    return text.match(pattern)?.[1] ?? "unknown";
  } catch {
    return "missing";
  }
}
