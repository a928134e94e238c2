/** Finds a program on the PATH, also where it is only on root's, as nginx is on Debian. */
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

/** The core that the servers run on, and the one that the load comes from. */
export const SERVER_CORE = 0;
/** See {@linkcode SERVER_CORE}. */
export const LOAD_CORE = 1;

/** Puts a command on one core, where `taskset` exists and the machine has a second one. */
export function pinned(core: number, command: readonly string[]): string[] {
  const taskset = navigator.hardwareConcurrency < 2 ? undefined : executablePath("taskset");
  return taskset === undefined ? [...command] : [taskset, "-c", String(core), ...command];
}

/** What a program prints about its version. */
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
