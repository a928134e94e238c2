import { assertEquals } from "@std/assert";
import { decodePath, splitPath } from "../../src/files/path_segments.ts";

const POSIX = { dotfiles: false, windows: false };
const WINDOWS = { dotfiles: false, windows: true };

Deno.test("decodePath() decodes names after splitting, once", () => {
  const cases: Readonly<Record<string, readonly [names: readonly string[], folder: boolean]>> = {
    "/": [[], true],
    "/a": [["a"], false],
    "/a/": [["a"], true],
    "/a/b%20c/d.txt": [["a", "b c", "d.txt"], false],
    "/caf%C3%A9": [["café"], false],
    "/%252e%252e": [["%2e%2e"], false],
    "/a%3Fb%23c": [["a?b#c"], false],
    "/...": [["..."], false],
    "/a..b/..c": [["a..b", "..c"], false],
  };
  for (const [path, [names, folder]] of Object.entries(cases)) {
    assertEquals(decodePath(path, { dotfiles: true, windows: false }), { names, folder }, path);
  }
});

Deno.test("decodePath() gives no name that leads anywhere but down", () => {
  const characters = ["/", ".", "%2e", "%2f", "%5c", "\\", "a", "%00", "%", ":", "%25", "~1", " "];
  // Every path of up to five of these pieces.
  let paths = [""];
  for (let length = 0; length < 5; length++) {
    paths = paths.flatMap((path) => characters.map((character) => path + character));
    for (const path of paths) {
      for (const rules of [POSIX, WINDOWS]) {
        for (const name of decodePath(`/${path}`, rules)?.names ?? []) {
          // deno-lint-ignore no-control-regex -- NUL is one of them
          if (/^\.|[/\\\x00]|^$/.test(name)) throw new Error(`${path} has the name ${JSON.stringify(name)}`);
          if (rules.windows && /:|[. ]$|~\d/.test(name)) throw new Error(`${path} has the name ${name}`);
        }
      }
    }
  }
});

Deno.test("decodePath() refuses names that begin with a dot unless they are allowed", () => {
  assertEquals(decodePath("/.well-known/a", POSIX), null);
  assertEquals(decodePath("/a/%2eb", POSIX), null);
  assertEquals(decodePath("/.well-known/a", { dotfiles: true, windows: false })?.names, [".well-known", "a"]);
  for (const path of ["/..", "/.", "/a/../b", "/%2e%2e"]) {
    assertEquals(decodePath(path, { dotfiles: true, windows: false }), null, path);
  }
});

Deno.test("decodePath() refuses the devices, drives and streams of Windows there", () => {
  const refused =
    "C: a:b a. a%20 con CON nul.txt aux.tar.gz com1 LPT9.x COM%C2%B9 conin$ a~1 a%3cb a%22 a| a%3F a*";
  for (const name of refused.split(" ")) {
    assertEquals(decodePath(`/${name}`, WINDOWS), null, name);
    assertEquals(decodePath(`/${name}`, POSIX)?.names.length, 1, name);
  }
  for (const name of ["console", "com", "com10", "null.txt", "a~b", "auxiliary"]) {
    assertEquals(decodePath(`/${name}`, WINDOWS)?.names, [name], name);
  }
});

Deno.test("splitPath() takes names with slashes in between and decodes nothing", () => {
  assertEquals(splitPath("a/b c/%2e%2e", POSIX), ["a", "b c", "%2e%2e"]);
  for (const path of ["", "/a", "a/", "a//b", "../a", "a/..", "a\\b", "a\0", ".a", "."]) {
    assertEquals(splitPath(path, POSIX), null, path);
  }
});
