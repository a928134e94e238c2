/** The layers of a server's CPU time, from the outside to the inside. */
export const LAYERS = ["system", "C library", "runtime", "its JavaScript", "JavaScript"] as const;

/** One of {@linkcode LAYERS}. */
export type Layer = typeof LAYERS[number];

/** Share of each layer in the CPU time; the sum is 1. */
export type Shares = Readonly<Record<Layer, number>>;

/**
 * Matches a line of `perf script -F ip,sym,dso`: an address, a symbol, and in brackets the file that contains
 * it.
 */
const SAMPLE = /^\s*([0-9a-f]+) (.*) \(([^()]*)\)$/;

/** Matches addresses of the kernel, even if `perf` has no names for them. */
const SYSTEM = /^ffff[0-9a-f]{12}$/;

/**
 * Counts samples by layer.
 *
 * @param text Output of `perf script -F ip,sym,dso`.
 * @param program File name of the runtime's executable.
 * @throws {Error} If there are no samples, or none of the kernel, which would make the shares meaningless.
 */
export function sharesOf(text: string, program: string): Shares {
  const counts = Object.fromEntries(LAYERS.map((layer) => [layer, 0])) as Record<Layer, number>;
  let all = 0;
  for (const line of text.split("\n")) {
    const match = line.match(SAMPLE);
    if (match === null) continue;
    counts[SYSTEM.test(match[1]!) ? "system" : layerOf(match[2]!, match[3]!, program)]++;
    all++;
  }
  if (all === 0) throw new Error("Cannot make a profile: there is not one sample");
  if (counts.system === 0) throw new Error("Cannot make a profile: perf was not allowed to see the system");
  return Object.fromEntries(LAYERS.map((layer) => [layer, counts[layer] / all])) as Record<Layer, number>;
}

/**
 * V8 names compiled code, including its builtins, if a flag asks for it; WebAssembly belongs to the server.
 * JavaScriptCore does not name compiled code here, so all of it counts as the server's.
 */
function layerOf(symbol: string, file: string, program: string): Layer {
  if (file.startsWith("[kernel") || file === "[vdso]") return "system";
  if (/\/(lib[\w+-]+|ld-linux[\w-]*)\.so[.\d]*$/.test(file)) return "C library";
  if (file.endsWith(`/${program}`) || /^(Builtin|BytecodeHandler|Stub|RegExp)/.test(symbol)) return "runtime";
  const isRuntimes = /^(JS|Script|Eval|Function):/.test(symbol) && !/ file:\/\/|^JS:wasm-/.test(symbol);
  return isRuntimes ? "its JavaScript" : "JavaScript";
}
