import { executablePath, versionOf } from "./programs.ts";
import { packageVersion } from "./packages.ts";
import { RUNTIME_NAMES, runtimeNamed } from "./runtimes.ts";

/** Date, machine and versions of a measurement. */
export interface Circumstances {
  /** Date in the format of ISO 8601. */
  readonly date: string;
  readonly machine: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** Determines the circumstances of a measurement now. */
export function circumstances(): Circumstances {
  return { date: new Date().toISOString(), machine: machine(), versions: versions() };
}

function machine(): Record<string, string> {
  return {
    cpu: lineOf("/proc/cpuinfo", /^model name\s*:\s*(.+)$/m),
    cores: String(navigator.hardwareConcurrency),
    memory: `${Math.round(Deno.systemMemoryInfo().total / 1024 ** 3)} GiB`,
    system: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
  };
}

/** Determines the versions of the measured servers and of the tools. */
function versions(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of RUNTIME_NAMES) {
    found[name] = versionOf([runtimeNamed(name).command[0]!, "--version"], /(\d+\.\d+\.\d+)/);
  }
  found["nginx"] = versionOf([executablePath("nginx") ?? "nginx", "-v"], /nginx\/(\S+)/);
  found["wrk"] = versionOf(["wrk", "-v"], /wrk (\S+)/);
  for (const name of ["srvx", "@hono/node-server"]) found[name] = packageVersion(name);
  return found;
}

function lineOf(path: string, pattern: RegExp): string {
  try {
    return Deno.readTextFileSync(path).match(pattern)?.[1] ?? "unknown";
  } catch {
    return "unknown";
  }
}
