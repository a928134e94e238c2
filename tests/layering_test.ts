import { assertEquals } from "@std/assert";
import ts from "typescript";

/**
 * What each layer may import from besides itself. The entry points, mod.ts and the files of src itself, may
 * import everything, and nothing may import them.
 */
const LAYERS: Record<string, readonly string[]> = {
  http: [],
  exchange: ["http"],
  h1: ["exchange", "http"],
  net: ["http"],
  server: ["h1", "exchange", "proxy", "http", "net"],
  fetch: ["websocket", "exchange", "http"],
  files: ["exchange", "http"],
  websocket: ["exchange", "http"],
  proxy: ["net", "http"],
  observe: ["server", "exchange", "http", "net"],
  threads: ["fetch", "proxy", "server", "exchange", "http", "net"],
  cli: ["threads", "fetch", "files", "server", "exchange", "http", "net"],
};

/** Where the globals of a runtime, and its built-in modules, may appear. */
const RUNTIME_LAYERS: readonly string[] = ["net", "fetch", "files", "websocket", "threads", "cli", "cli.ts"];

const RUNTIME_GLOBALS: ReadonlySet<string> = new Set(["Deno", "Bun", "process", "Buffer"]);

/** TS1294: This syntax is not allowed when 'erasableSyntaxOnly' is enabled. */
const NOT_ERASABLE = 1294;

const ROOT = new URL("../", import.meta.url);

/** One module's import of another. */
interface Import {
  /** The importing file, relative to the root of the project. */
  readonly from: string;
  /** The imported file likewise, or what the import says where that is no file of the project. */
  readonly to: string;
  /** Whether it is there at run time, as opposed to types alone. */
  readonly code: boolean;
  /** Whether it is made by `import()`. */
  readonly dynamic: boolean;
}

/** What of the output of `deno info --json` is used here. */
interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

function filesUnder(folder: string): string[] {
  return Array.from(Deno.readDirSync(new URL(`${folder}/`, ROOT))).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory ? filesUnder(path) : [path];
  }).sort();
}

const SOURCES: readonly string[] = ["mod.ts", ...filesUnder("src")].filter((path) => !path.endsWith(".md"));

/** The imports of all source files, types and `import()` included. */
function imports(): Import[] {
  // One root that imports everything: a file that no other imports is held to the rules too.
  const root = Deno.makeTempFileSync({ suffix: ".ts" });
  try {
    Deno.writeTextFileSync(root, SOURCES.map((path) => `import "${new URL(path, ROOT)}";\n`).join(""));
    const { success, stdout, stderr } = new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", new URL("deno.json", ROOT).pathname, root],
      stdin: "null",
    }).outputSync();
    if (!success) throw new Error(`Cannot read the module graph: ${new TextDecoder().decode(stderr)}`);
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as ModuleGraph;
    return modules.filter((module) => module.specifier.startsWith(ROOT.href)).flatMap((module) => {
      return (module.dependencies ?? []).map((dependency): Import => {
        const to = dependency.code?.specifier ?? dependency.type?.specifier;
        return {
          from: module.specifier.slice(ROOT.href.length),
          to: to?.startsWith(ROOT.href) ? to.slice(ROOT.href.length) : dependency.specifier,
          code: dependency.code !== undefined,
          dynamic: dependency.isDynamic === true,
        };
      });
    });
  } finally {
    Deno.removeSync(root);
  }
}

const IMPORTS: readonly Import[] = imports();

/** `h1` for src/h1/grammar.ts, `cli.ts` for src/cli.ts, `mod.ts` for itself. */
function layerOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return first === "src" ? second : first;
}

function isEntryPoint(layer: string): boolean {
  return layer.endsWith(".ts");
}

function parse(path: string): ts.SourceFile {
  const text = Deno.readTextFileSync(new URL(path, ROOT));
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** `src/net/bun.ts:12`, one-based. */
function place(node: ts.Node, file: ts.SourceFile): string {
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
}

/** Whether an expression is the global object, cast to whatever type. */
function isGlobalThis(node: ts.Expression): boolean {
  return /\bglobalThis\b/.test(node.getText());
}

/** Tells a use of `Deno` from a member that happens to be called so, as in `options.process`. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) {
    return parent.name === node && !isGlobalThis(parent.expression);
  }
  if (ts.isQualifiedName(parent)) return parent.right === node;
  return (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) || ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent) ||
    ts.isGetAccessor(parent) || ts.isSetAccessor(parent)) && parent.name === node;
}

function runtimeGlobals(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    const named = ts.isIdentifier(node) && !isMemberName(node);
    const indexed = ts.isStringLiteral(node) && ts.isElementAccessExpression(node.parent) &&
      isGlobalThis(node.parent.expression);
    if ((named || indexed) && RUNTIME_GLOBALS.has(node.text)) found.push(`${place(node, file)} ${node.text}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** A cycle among imports, as the files on it, or none. */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of edges.keys()) {
    const cycle = visit(file);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

Deno.test("every source file is in a layer that the tests know", () => {
  const known = SOURCES.filter((path) => isEntryPoint(layerOf(path)) || layerOf(path) in LAYERS);
  assertEquals(SOURCES.filter((path) => !known.includes(path)), []);
});

Deno.test("imports run one way, types and import() included", () => {
  const wrong = IMPORTS.filter(({ from, to }) => {
    const [importer, imported] = [layerOf(from), layerOf(to)];
    if (!to.startsWith("src/") && to !== "mod.ts") return false;
    if (isEntryPoint(imported)) return true;
    return !isEntryPoint(importer) && importer !== imported && !LAYERS[importer]?.includes(imported);
  });
  assertEquals(wrong.map(({ from, to }) => `${from} -> ${to}`), []);
});

Deno.test("source files import each other and, next to the runtime, its built-in modules, and nothing else", () => {
  const wrong = IMPORTS.filter(({ from, to }) => {
    if (SOURCES.includes(to)) return false;
    return !(to.startsWith("node:") && RUNTIME_LAYERS.includes(layerOf(from)));
  });
  assertEquals(wrong.map(({ from, to }) => `${from} -> ${to}`), []);
});

Deno.test("no imports run in a circle, types included", () => {
  const edges = new Map<string, string[]>();
  for (const { from, to, dynamic } of IMPORTS) {
    if (!dynamic) edges.set(from, [...edges.get(from) ?? [], to]);
  }
  assertEquals(findCycle(edges), []);
});

Deno.test("runtime globals appear next to the runtime alone", () => {
  const files = SOURCES.filter((path) => !RUNTIME_LAYERS.includes(layerOf(path)));
  assertEquals(files.flatMap((path) => runtimeGlobals(parse(path))), []);
});

Deno.test("source files are TypeScript that a runtime can run by erasing the types", () => {
  const program = ts.createProgram({
    rootNames: SOURCES.map((path) => new URL(path, ROOT).pathname),
    options: {
      erasableSyntaxOnly: true,
      noResolve: true,
      noLib: true,
      noEmit: true,
      types: [],
      allowImportingTsExtensions: true,
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
    },
  });
  const wrong = program.getSourceFiles().flatMap((file) => program.getSemanticDiagnostics(file))
    .filter(({ code }) => code === NOT_ERASABLE)
    .map(({ file, start = 0 }) =>
      `${file?.fileName.slice(ROOT.pathname.length)}:${
        (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1
      }`
    );
  assertEquals(wrong, []);
});

Deno.test("files are named in snake_case, after what they hold", () => {
  const files = [...SOURCES, ...filesUnder("tests"), ...filesUnder("scripts")];
  const wrong = files.filter((path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (path.startsWith("src/") && !name.endsWith(".ts")) return true;
    return name.endsWith(".ts") &&
      (!/^[a-z0-9]+(?:_[a-z0-9]+)*\.ts$/.test(name) || /^(?:utils|index)\.ts$/.test(name));
  });
  assertEquals(wrong, []);
});
