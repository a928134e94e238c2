/** Where a server's time goes, from the outside to the inside. */
export const LAYERS = ["system", "C library", "runtime", "its JavaScript", "JavaScript"] as const;

/** One of {@linkcode LAYERS}. */
export type Layer = typeof LAYERS[number];

/** The time of each, as shares of 1. */
export type Shares = Readonly<Record<Layer, number>>;

/** A line of `perf script -F ip,sym,dso`: an address, a symbol, and in brackets the file that it is in. */
const SAMPLE = /^\s*([0-9a-f]+) (.*) \(([^()]*)\)$/;

/** How the addresses of the system begin, be it that `perf` has no names for them. */
const SYSTEM = /^ffff[0-9a-f]{12}$/;

/**
 * Counts samples by layer.
 *
 * @param text What `perf script -F ip,sym,dso` prints.
 * @param program The file name of the runtime's executable.
 * @throws {Error} If there are none, or none of the system, without which the shares would say nothing.
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
 * V8 names what it has compiled if it is asked to, its builtins among it; WebAssembly is the server's. What JavaScriptCore has
 * compiled has no names here, and is all taken for the server's.
 */
function layerOf(symbol: string, file: string, program: string): Layer {
  if (file.startsWith("[kernel") || file === "[vdso]") return "system";
  if (/\/(lib[\w+-]+|ld-linux[\w-]*)\.so[.\d]*$/.test(file)) return "C library";
  if (file.endsWith(`/${program}`) || /^(Builtin|BytecodeHandler|Stub|RegExp)/.test(symbol)) return "runtime";
  const isRuntimes = /^(JS|Script|Eval|Function):/.test(symbol) && !/ file:\/\/|^JS:wasm-/.test(symbol);
  return isRuntimes ? "its JavaScript" : "JavaScript";
}
