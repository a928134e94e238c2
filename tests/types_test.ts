import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import ts from "typescript";

/**
 * The files in tests/types/ hold what has to compile and, marked, lines that must not:
 *
 *     // @ts-expect-error TS2339 headers: The head has been sent
 *     streaming.headers;
 *
 * The directive makes the compiler insist on an error, and would take any; so the mark names the error's code
 * and a word of its message, and both are compared with what the compiler says once the directives are out of
 * its sight.
 */
const FOLDER = fileURLToPath(new URL("./types/", import.meta.url));

const DIRECTIVE = "@ts-expect-error";

/** As long as the directive, so that every position stays, and without a meaning to the compiler. */
const INERT_DIRECTIVE = "@ts_expect_error";

const MARK = /^ *\/\/ @ts-expect-error (TS\d+) (\S+): \S/;

/** An error that a file expects, or one that the compiler found. */
interface Misuse {
  readonly line: number;
  readonly code: string;
  readonly text: string;
}

function readConfig(): ts.CompilerOptions {
  const text = Deno.readTextFileSync(new URL("../deno.json", import.meta.url));
  const { compilerOptions } = JSON.parse(text) as { compilerOptions: { lib: string[] } };
  const { options, errors } = ts.convertCompilerOptionsFromJson({
    ...compilerOptions,
    // The published types depend on no runtime's.
    lib: compilerOptions.lib.filter((lib) => lib !== "deno.ns"),
    types: [],
    target: "esnext",
    module: "esnext",
    moduleResolution: "bundler",
    allowImportingTsExtensions: true,
    noEmit: true,
  }, FOLDER);
  assertEquals(errors, []);
  return options;
}

/** The errors of each file with the directives out of sight. */
function compile(files: readonly string[]): Map<string, Misuse[]> {
  const options = readConfig();
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile;
  host.readFile = (path) =>
    files.includes(path) ? readFile(path)?.replaceAll(DIRECTIVE, INERT_DIRECTIVE) : readFile(path);
  const program = ts.createProgram({ rootNames: files, options, host });
  return new Map(files.map((path) => {
    const file = program.getSourceFile(path);
    if (file === undefined) throw new Error(`Cannot read ${path}`);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return [
      path,
      found.map(({ start = 0, code, messageText }) => ({
        line: file.getLineAndCharacterOfPosition(start).line + 1,
        code: `TS${code}`,
        text: ts.flattenDiagnosticMessageText(messageText, "\n"),
      })),
    ];
  }));
}

/** The marks of a file, each with the line that it is about. */
function expectations(path: string): Misuse[] {
  const lines = Deno.readTextFileSync(path).split("\n");
  return lines.flatMap((line, index) => {
    if (!line.includes(DIRECTIVE)) return [];
    const [, code, text] = MARK.exec(line) ?? [];
    if (code === undefined || text === undefined) {
      throw new Error(`${path}:${index + 1} names no error code and word`);
    }
    return [{ line: index + 2, code, text }];
  });
}

const files = Array.from(Deno.readDirSync(FOLDER), ({ name }) => FOLDER + name).sort();
const errors = compile(files);

Deno.test("the type tests compile, and no line that must not", async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", ...files],
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
});

for (const path of files) {
  const name = path.slice(FOLDER.length);
  Deno.test(`types/${name}: each line that must not compile has the error that it names`, () => {
    const expected = expectations(path);
    const found = (errors.get(path) ?? []).map((error) => {
      const match = expected.find(({ line, text }) => line === error.line && error.text.includes(text));
      return match === undefined ? error : { ...error, text: match.text };
    });
    const describe = ({ line, code, text }: Misuse) => `${name}:${line} ${code} ${text}`;
    assertEquals(found.map(describe), expected.map(describe));
  });
}
