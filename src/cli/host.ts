/** What the command uses of `node:process`. */
export interface Process {
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly execPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: {
    on(event: "data", listener: (bytes: Uint8Array) => void): void;
    on(event: "end", listener: () => void): void;
  };
  readonly stderr: { write(bytes: Uint8Array): void };
  exitCode?: number | string | null | undefined;
  cwd(): string;
  exit(code: number): never;
  on(signal: Signal, listener: () => void): void;
}

/** The signals that end the command. */
export type Signal = "SIGINT" | "SIGTERM";

/** They, and with what a process exits that one of them has cut off. */
export const SIGNALS: ReadonlyMap<Signal, number> = new Map([["SIGINT", 130], ["SIGTERM", 143]]);

/** The used part of `node:fs`. */
export interface FileSystem {
  readFileSync(path: string, encoding: "utf8"): string;
  writeFileSync(path: string, text: string): void;
  existsSync(path: string): boolean;
  mkdtempSync(prefix: string): string;
  rmSync(path: string, options: { readonly recursive: true; readonly force: true }): void;
  statSync(path: string, options: { readonly throwIfNoEntry: false }): { isDirectory(): boolean } | undefined;
  watch(
    path: string,
    options: { readonly recursive: boolean },
    listener: (event: string, file: string | null) => void,
  ): { close(): void; on(event: "error", listener: (error: Error) => void): void };
}

/** The used part of a child process. */
export interface Child {
  readonly stdin: {
    write(text: string): void;
    on(event: "error", listener: (error: Error) => void): void;
  };
  readonly stderr: { on(event: "data", listener: (bytes: Uint8Array) => void): void };
  on(event: "close", listener: (code: number | null, signal: string | null) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  kill(signal: string): boolean;
}

/** The used part of `node:child_process`. */
export interface ChildProcesses {
  spawn(
    command: string,
    args: readonly string[],
    options: {
      readonly stdio: readonly ["pipe", "inherit", "pipe"];
      readonly env: Readonly<Record<string, string | undefined>>;
    },
  ): Child;
}

/** One part of a command line, as `parseArgs` of `node:util` takes it apart. */
export type Token =
  | { readonly kind: "option"; readonly name: string; readonly rawName: string; readonly value?: string }
  | { readonly kind: "positional"; readonly value: string }
  | { readonly kind: "option-terminator" };

/** The used part of `node:util`. */
export interface Util {
  parseArgs(config: {
    readonly args: readonly string[];
    readonly options: Readonly<
      Record<string, { readonly type: "string" | "boolean"; readonly short?: string }>
    >;
    readonly strict: false;
    readonly allowPositionals: true;
    readonly tokens: true;
  }): { readonly tokens: readonly Token[] };
}

/** The used part of a client's connection. */
export interface ClientConnection {
  write(bytes: Uint8Array): boolean;
  end(): void;
  destroy(): void;
  pause(): void;
  resume(): void;
  on(event: "data", listener: (bytes: Uint8Array) => void): void;
  on(event: "end" | "close" | "drain", listener: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}

/** The used part of `node:net`. */
export interface Net {
  connect(
    options: {
      readonly host: string;
      readonly port: number;
      readonly allowHalfOpen: true;
      readonly noDelay: true;
    },
  ): ClientConnection;
}

/** The used part of `node:os`. */
export interface Os {
  tmpdir(): string;
}

/** The used part of `node:url`. */
export interface Urls {
  pathToFileURL(path: string): URL;
  fileURLToPath(url: URL): string;
}

/** The parts of the runtime that the command needs; Deno, Bun and Node have them all under these names. */
export interface Host {
  readonly process: Process;
  readonly fs: FileSystem;
  readonly children: ChildProcesses;
  readonly util: Util;
  readonly urls: Urls;
  readonly net: Net;
  readonly os: Os;
}

/** Loads them. The types are declared above, so that those of the package depend on no runtime's. */
export async function loadHost(): Promise<Host> {
  const [{ default: process }, fs, children, util, urls, net, os] = await Promise.all([
    import("node:process"),
    import("node:fs"),
    import("node:child_process"),
    import("node:util"),
    import("node:url"),
    import("node:net"),
    import("node:os"),
  ]);
  return { process, fs, children, util, urls, net, os } as unknown as Host;
}
