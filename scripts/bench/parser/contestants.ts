import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import process from "node:process";
import { InputBuffer } from "../../../src/h1/input_buffer.ts";
import { RequestHeadParser } from "../../../src/h1/request_head_parser.ts";
import { headerMapFromBytes } from "../../../src/http/header_map.ts";
import { loadPackage } from "../servers/load_package.ts";

/** The result of parsing a head. Method and target are strings in every case. */
export interface Found {
  readonly method: string;
  readonly target: string;
  /** Names and values as strings, or `null` if the contestant leaves the fields as validated bytes. */
  readonly pairs: readonly (readonly [string, string])[] | null;
}

/** A parser that is created once, as for one connection, and parses a head again and again. */
export interface Contestant {
  readonly name: string;
  /** `true` if the fields become strings. */
  readonly decodes: boolean;
  parse(head: Uint8Array): Found;
}

/** Lists the parsers that are available on this runtime. */
export async function contestants(): Promise<Contestant[]> {
  return [
    handoff(false),
    handoff(true),
    await llhttpWasm(false),
    await llhttpWasm(true),
    await httpParserJs(),
    ...nodeLlhttp(),
  ];
}

/**
 * Handoff's parser, which checks every rule of the grammar and the framing; with `decodes`, every field also
 * becomes two strings.
 */
function handoff(decodes: boolean): Contestant {
  const parser = new RequestHeadParser({ maxHeaderSize: 32 * 1024, maxHeaderCount: 100 });
  const input = new InputBuffer();
  return {
    name: decodes ? "handoff, decoded" : "handoff, validated",
    decodes,
    parse(bytes) {
      input.push(bytes);
      const head = parser.parse(input)!;
      const from = head.base + head.fieldsStart;
      const pairs = decodes ? headerMapFromBytes(head.bytes, from, head.base + head.fieldsEnd).raw() : null;
      return { method: head.method, target: head.target(), pairs };
    },
  };
}

/** The used part of the WebAssembly module in undici. */
interface Llhttp {
  readonly memory: WebAssembly.Memory;
  _initialize?(): void;
  llhttp_alloc(type: number): number;
  llhttp_reset(parser: number): void;
  llhttp_execute(parser: number, data: number, length: number): number;
  llhttp_get_method(parser: number): number;
  malloc(size: number): number;
}

/** Numbers of the used methods in llhttp. */
const METHODS: Readonly<Record<number, string>> = { 1: "GET", 3: "POST" };
const REQUEST = 1;
/** `HPE_PAUSED_UPGRADE`: the head is complete, and the bytes after it are not HTTP. */
const PAUSED_UPGRADE = 22;
const WASM_INPUT = 32 * 1024;

/**
 * llhttp in WebAssembly. Its callbacks report the positions of the parts; with `decodes`, each field becomes
 * two strings.
 */
async function llhttpWasm(decodes: boolean): Promise<Contestant> {
  const bytes = await loadPackage<{ default: BufferSource }>("undici/lib/llhttp/llhttp_simd-wasm.js");
  let target = [0, 0];
  let spans: number[] = [];
  const exports: Llhttp = await instantiate(bytes.default, {
    wasm_on_url: (_parser, at, length) => void (target = [at, length]),
    wasm_on_header_field: (_parser, at, length) => void spans.push(at, length),
    wasm_on_header_value: (_parser, at, length) => void spans.push(at, length),
  });
  const parser = exports.llhttp_alloc(REQUEST);
  const input = exports.malloc(WASM_INPUT);
  const memory = Buffer.from(exports.memory.buffer);
  const text = (at: number, length: number) => memory.toString("latin1", at, at + length);
  return {
    name: decodes ? "llhttp-wasm, decoded" : "llhttp-wasm, validated",
    decodes,
    parse(head) {
      spans = [];
      memory.set(head, input);
      const code = exports.llhttp_execute(parser, input, head.length);
      const method = METHODS[exports.llhttp_get_method(parser)]!;
      if (code === PAUSED_UPGRADE) exports.llhttp_reset(parser);
      else if (code !== 0) throw new Error(`llhttp failed with ${code}`);
      const pairs: [string, string][] = [];
      for (let i = 0; decodes && i < spans.length; i += 4) {
        pairs.push([text(spans[i]!, spans[i + 1]!), text(spans[i + 2]!, spans[i + 3]!)]);
      }
      return { method, target: text(target[0]!, target[1]!), pairs: decodes ? pairs : null };
    },
  };
}

type Callback = (parser: number, at: number, length: number) => void;

async function instantiate(bytes: BufferSource, callbacks: Record<string, Callback>): Promise<Llhttp> {
  const module = await WebAssembly.compile(bytes);
  const env: Record<string, (...args: number[]) => number> = {};
  for (const { name } of WebAssembly.Module.imports(module)) {
    const callback = callbacks[name];
    env[name] = (parser = 0, at = 0, length = 0) => {
      callback?.(parser, at, length);
      return 0;
    };
  }
  const instance = await WebAssembly.instantiate(module, { env });
  const exports = instance.exports as unknown as Llhttp;
  exports._initialize?.();
  return exports;
}

/** The used part of http-parser-js. */
interface HttpParserJs {
  readonly HTTPParser: {
    new (type: string): {
      initialize(type: string): void;
      execute(bytes: Uint8Array): number | Error;
      [callback: number]: (info: { method: number; url: string; headers: string[] }) => void;
    };
    readonly REQUEST: string;
    readonly kOnHeadersComplete: number;
    readonly methods: readonly string[];
  };
}

/** http-parser-js, in JavaScript. It always creates strings. */
async function httpParserJs(): Promise<Contestant> {
  const loaded = await loadPackage<HttpParserJs & { default?: HttpParserJs }>("http-parser-js");
  const { HTTPParser } = loaded.default ?? loaded;
  const parser = new HTTPParser(HTTPParser.REQUEST);
  let found: Found | undefined;
  parser[HTTPParser.kOnHeadersComplete] = ({ method, url, headers }) => {
    found = { method: HTTPParser.methods[method]!, target: url, pairs: pairsOf(headers) };
  };
  return {
    name: "http-parser-js",
    decodes: true,
    parse(head) {
      // The parser cannot continue after an upgrade. Resetting it is cheap and done for every head.
      parser.initialize(HTTPParser.REQUEST);
      const result = parser.execute(head);
      if (typeof result !== "number") throw result;
      return found!;
    },
  };
}

/** The used part of node's own binding. */
interface NodeHttpParser {
  readonly methods?: readonly string[];
  readonly allMethods?: readonly string[];
  readonly HTTPParser: {
    new (): {
      initialize(type: number, resource: object): void;
      execute(bytes: Uint8Array): number | Error;
      [callback: number]: (...args: unknown[]) => unknown;
    };
    readonly REQUEST: number;
    readonly kOnHeadersComplete: number;
  };
}

/** The llhttp of node:http, which node exposes with `--expose-internals`. */
function nodeLlhttp(): Contestant[] {
  if (!process.execArgv.includes("--expose-internals")) return [];
  const { internalBinding } = createRequire(import.meta.url)("internal/test/binding") as {
    internalBinding(name: "http_parser"): NodeHttpParser;
  };
  const { HTTPParser, methods, allMethods } = internalBinding("http_parser");
  const names = allMethods ?? methods!;
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.REQUEST, {});
  let found: Found | undefined;
  parser[HTTPParser.kOnHeadersComplete] = (_major, _minor, headers, method, url) => {
    found = {
      method: names[method as number]!,
      target: url as string,
      pairs: pairsOf(headers as string[]),
    };
    return 0;
  };
  return [{
    name: "node's llhttp",
    decodes: true,
    parse(head) {
      // Reset for every head, like http-parser-js.
      parser.initialize(HTTPParser.REQUEST, {});
      const result = parser.execute(head);
      if (typeof result !== "number") throw result;
      return found!;
    },
  }];
}

function pairsOf(headers: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < headers.length; i += 2) pairs.push([headers[i]!, headers[i + 1]!]);
  return pairs;
}
