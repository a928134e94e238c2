// HeaderMap: the methods of Fetch's Headers, and raw().

import { HeaderMap } from "../../mod.ts";
import { type Same, same } from "../support/types.ts";

const headers = new HeaderMap();

same<
  Same<
    keyof HeaderMap,
    | "append"
    | "delete"
    | "get"
    | "getSetCookie"
    | "has"
    | "set"
    | "forEach"
    | "keys"
    | "values"
    | "entries"
    | "raw"
    | typeof Symbol.iterator
    | typeof Symbol.toStringTag
  >
>();

// The names of Headers: if Fetch adds a method that HeaderMap lacks, this does not compile.
headers satisfies Record<keyof Headers, unknown>;

new HeaderMap([["accept", "*/*"]]);
new HeaderMap(new Map([["accept", "*/*"]]));
new HeaderMap({ accept: "*/*" });
new HeaderMap(new Headers());
new HeaderMap(headers);
new Headers(headers.raw());
same<Same<ReturnType<typeof headers.get>, string | null>>();
same<Same<ReturnType<typeof headers.getSetCookie>, string[]>>();
for (const [name, value] of headers) same<Same<[typeof name, typeof value], [string, string]>>();
for (const [name, value] of headers.raw()) same<Same<[typeof name, typeof value], [string, string]>>();

// @ts-expect-error TS2345 number: A value is text
headers.set("content-length", 12);
// @ts-expect-error TS2554 2: A field has a value
headers.set("content-length");
// @ts-expect-error TS2345 undefined: A value is text
headers.append("x", undefined);
// @ts-expect-error TS2345 null: A value is text
headers.set("x", null);
// @ts-expect-error TS1360 null: A field may be missing
headers.get("accept") satisfies string;
// @ts-expect-error TS2345 number: A value is text
new HeaderMap({ "content-length": 12 });
// @ts-expect-error TS2345 HeaderMapInit: Pairs, not lines
new HeaderMap("accept: */*");
// @ts-expect-error TS7052 HeaderMap: Fields are no properties
headers["accept"];
