import { assertThrows } from "@std/assert";
import { files, type FilesOptions } from "../../src/files.ts";

const WRONG: readonly (readonly [options: unknown, message: string])[] = [
  [undefined, "Cannot serve files: the options are not an object"],
  [{}, "Cannot use option root: it is neither a path nor a URL with the scheme file:"],
  [{ root: "" }, "Cannot use option root: it is neither a path nor a URL with the scheme file:"],
  [
    { root: new URL("http://host/") },
    "Cannot use option root: it is neither a path nor a URL with the scheme file:",
  ],
  [{ root: ".", rooot: 1 }, "Cannot use option rooot: it is not known"],
  [{ root: ".", prefix: "static" }, "Cannot use option prefix: it is not a path that begins with a slash"],
  [{ root: ".", prefix: "//a" }, "Cannot use option prefix: it is not a path that begins with a slash"],
  [{ root: ".", index: "../a" }, "Cannot use option index: it is neither false nor a list of names of files"],
  [{ root: ".", index: [""] }, "Cannot use option index: it is neither false nor a list of names of files"],
  [{ root: ".", index: true }, "Cannot use option index: it is neither false nor a list of names of files"],
  [{ root: ".", dotfiles: "allow" }, "Cannot use option dotfiles: it is not a boolean"],
  [{ root: ".", symlinks: true }, "Cannot use option symlinks: it is none of inside, follow, deny"],
  [
    { root: ".", cacheControl: 3600 },
    "Cannot use option cacheControl: it is not a string, null or a function",
  ],
  [
    { root: ".", cacheControl: "a\r\nb: c" },
    'Cannot use option cacheControl: "a\\r\\nb: c" is not ASCII text on one line',
  ],
  [
    { root: ".", mediaTypes: { md: "a\nb" } },
    'Cannot use option mediaTypes: "a\\nb" is not ASCII text on one line',
  ],
  [{ root: ".", mediaTypes: { md: 1 } }, "Cannot use option mediaTypes: the type of md is not a string"],
  [{ root: ".", mediaTypes: "text/plain" }, "Cannot use option mediaTypes: it is not an object"],
  [
    { root: ".", precompressed: ["deflate"] },
    "Cannot use option precompressed: it is neither a boolean nor a list of br, zstd, gzip",
  ],
];

for (const [options, message] of WRONG) {
  Deno.test(`files() throws "${message}" at ${JSON.stringify(options)}`, () => {
    assertThrows(() => files(options as FilesOptions), TypeError, message);
  });
}
