import { executablePath } from "./programs.ts";

/** The npm packages used by the bench, with their versions. None of them is a dependency of Handoff. */
const PACKAGES: Readonly<Record<string, string>> = {
  "@hono/node-server": "2.1.8",
  "autocannon": "9.0.0",
  "hono": "4.13.19",
  "http-parser-js": "0.5.10",
  "mitata": "1.0.34",
  "srvx": "1.0.8",
  "undici": "8.12.4",
};

/** Deno does not resolve bare names for a module outside its project. */
const LOADER = `const versions = ${JSON.stringify(PACKAGES)};
export const load = (name) =>
  import(globalThis.Deno === undefined ? name : \`npm:\${name}@\${versions[name]}\`);
`;

/** Location of the installed packages. */
export interface Packages {
  readonly folder: string;
  /** URL of a module whose `load(name)` imports an installed package. */
  readonly loader: string;
}

/**
 * Installs the packages into a folder in the system's cache, once. They are not listed in deno.json, so that
 * neither the tests nor users of Handoff download them.
 */
export function installPackages(): Packages {
  const folder = `${cacheFolder()}/handoff-bench`;
  const manifest = JSON.stringify({ private: true, type: "module", dependencies: PACKAGES });
  if (readText(`${folder}/installed.json`) !== manifest || readText(`${folder}/load.mjs`) !== LOADER) {
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(`${folder}/package.json`, manifest);
    Deno.writeTextFileSync(`${folder}/load.mjs`, LOADER);
    const { success, stderr } = new Deno.Command(executablePath("npm") ?? "npm", {
      args: [
        "install",
        "--prefix",
        folder,
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-package-lock",
      ],
      stdin: "null",
    }).outputSync();
    if (!success) throw new Error(`Cannot install the bench's packages: ${new TextDecoder().decode(stderr)}`);
    Deno.writeTextFileSync(`${folder}/installed.json`, manifest);
  }
  return { folder, loader: `file://${folder}/load.mjs` };
}

/** Returns the version of an installed package. */
export function packageVersion(name: string): string {
  return PACKAGES[name] ?? "unknown";
}

function cacheFolder(): string {
  return Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? Deno.cwd()}/.cache`;
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
