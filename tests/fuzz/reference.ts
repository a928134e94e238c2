/**
 * A second implementation of a server's parsing: slow, in one piece, with regular expressions, and written
 * from the RFCs rather than from the server. The fuzzer compares the server with it.
 */

/** Size limits of a request. */
export interface ReferenceLimits {
  readonly maxHeaderSize: number;
  readonly maxHeaderCount: number;
  readonly maxRequestBodySize: number;
}

/** Default limits of a server. */
export const DEFAULT_LIMITS: ReferenceLimits = {
  maxHeaderSize: 32 * 1024,
  maxHeaderCount: 100,
  maxRequestBodySize: 128 * 1024 * 1024,
};

/** A request with a valid head. */
export interface ReferenceHead {
  readonly method: string;
  readonly target: string;
  /** 0 or 1. */
  readonly minor: number;
  /** `true` if the client waits for a 100 before it sends content. */
  readonly expects: boolean;
  /** `true` if the announced content is too large to be read and dropped. */
  readonly large: boolean;
  /** `true` if no other request may follow. */
  readonly last: boolean;
}

/** A complete request. */
export interface ReferenceRequest extends ReferenceHead {
  readonly body: string;
  /** Lines of the trailer section that are allowed there, as `name: value`. */
  readonly trailers: readonly string[];
}

/** Invalid bytes, for which the last response of the connection is a refusal. */
export interface Refusal {
  readonly status: number;
  /** The method, as far as it is known: the refusal of a HEAD request has no content. */
  readonly method: string;
  /** The head, if it was valid: the handler was called before the content was found to be invalid. */
  readonly head: ReferenceHead | null;
}

/** The expected results of a connection whose client then closes its half. */
export interface Verdict {
  readonly requests: readonly ReferenceRequest[];
  readonly refusal: Refusal | null;
}

/** The error for invalid bytes. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number) {
    super();
    this.status = status;
  }
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]*/y;
const TARGET = /[!"$-~]*/y;
const BLANKS = /[ \t]*/y;
const VALUE = /[\t\x20-\x7e\x80-\xff]*/y;
/** A transfer coding and its parameters, RFC 9112 section 7. A quoted value is not accepted. */
const TRANSFER_CODING = (() => {
  const name = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
  return new RegExp(`^(${name})((?:[ \\t]*;[ \\t]*${name}[ \\t]*=[ \\t]*${name})*)$`);
})();
const HEX = /[0-9a-fA-F]*/y;

const REG_NAME = /^(?:[\w\-.~!$&'()*+;=]|%[0-9a-fA-F]{2})+$/;
const IPV_FUTURE = /^v[0-9a-f]+\.[\w\-.~!$&'()*+;=:]+$/i;
const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;
const GROUP = "[0-9a-fA-F]{1,4}";
const LAST = `(?:${GROUP}:${GROUP}|${IPV4})`;
/** RFC 3986 section 3.2.2, alternative by alternative. */
const IPV6 = new RegExp(`^(?:${
  [
    `(?:${GROUP}:){6}${LAST}`,
    `::(?:${GROUP}:){5}${LAST}`,
    `(?:${GROUP})?::(?:${GROUP}:){4}${LAST}`,
    `(?:(?:${GROUP}:){0,1}${GROUP})?::(?:${GROUP}:){3}${LAST}`,
    `(?:(?:${GROUP}:){0,2}${GROUP})?::(?:${GROUP}:){2}${LAST}`,
    `(?:(?:${GROUP}:){0,3}${GROUP})?::${GROUP}:${LAST}`,
    `(?:(?:${GROUP}:){0,4}${GROUP})?::${LAST}`,
    `(?:(?:${GROUP}:){0,5}${GROUP})?::${GROUP}`,
    `(?:(?:${GROUP}:){0,6}${GROUP})?::`,
  ].join("|")
})$`);

const MAX_EMPTY_LINES = 8;
const MAX_METHOD = 24;
const MAX_EXTENSIONS = 16384;
const DRAIN_LIMIT = 262144;

/** Fields that are not allowed as trailers. */
const NO_TRAILERS = new RegExp(
  "^(?:age|authorization|cache-control|connection|content-(?:encoding|length|range|type)|cookie|expect|" +
    "host|" +
    "if-(?:match|modified-since|none-match|range|unmodified-since)|keep-alive|max-forwards|pragma|" +
    "proxy-(?:authenticate|authorization|connection)|range|set-cookie|te|trailer|transfer-encoding|upgrade|" +
    "www-authenticate)$",
  "i",
);

/** Reads the bytes in order. Reading past the end is an error. */
class Reader {
  at = 0;
  #text: string;
  /** Position at which reading must stop: the end, or a limit. */
  end: number;
  /** Status for reaching a limit; 0 if the end is that of the connection. */
  overLimit = 0;

  constructor(text: string) {
    this.#text = text;
    this.end = text.length;
  }

  get whole(): number {
    return this.#text.length;
  }

  /** Limits the following part to `size` bytes. */
  limit(size: number, status: number): void {
    const reached = this.at + size <= this.#text.length;
    this.end = reached ? this.at + size : this.#text.length;
    this.overLimit = reached ? status : 0;
  }

  unlimit(): void {
    this.end = this.#text.length;
    this.overLimit = 0;
  }

  /**
   * Returns the next byte. It is an error if there is none, because the client closed its half too early or
   * the limit is reached.
   */
  peek(): string {
    if (this.at >= this.end) throw new Refused(this.overLimit === 0 ? 400 : this.overLimit);
    return this.#text[this.at]!;
  }

  /** Reads the longest run of a class of characters. */
  run(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const run = pattern.exec(this.#text)![0].slice(0, this.end - this.at);
    this.at += run.length;
    return run;
  }

  /** Reads the next byte, which must be `byte`. */
  expect(byte: string): void {
    if (this.peek() !== byte) throw new Refused(400);
    this.at++;
  }

  take(count: number): string {
    const taken = this.#text.slice(this.at, this.at + count);
    this.at += taken.length;
    return taken;
  }
}

/** The parts of a head that affect the rest of the connection. */
interface Head {
  method: string;
  target: string;
  minor: number;
  length: number | null;
  chunked: boolean;
  close: boolean;
  expects: boolean;
}

/** Determines the results of the bytes of one connection. */
export function referenceOf(text: string, limits: ReferenceLimits): Verdict {
  const reader = new Reader(text);
  const requests: ReferenceRequest[] = [];
  for (;;) {
    const head: Head = {
      method: "",
      target: "",
      minor: 1,
      length: null,
      chunked: false,
      close: false,
      expects: false,
    };
    let good: ReferenceHead | null = null;
    try {
      if (!skipEmptyLines(reader)) return { requests, refusal: null };
      readHead(reader, head, limits);
      if ((head.length ?? 0) > limits.maxRequestBodySize) throw new Refused(413);
      const { method, target, minor } = head;
      const expects = head.expects && minor === 1 && (head.chunked || (head.length ?? 0) > 0);
      const large = (head.length ?? 0) > DRAIN_LIMIT;
      good = { method, target, minor, expects, large, last: head.close || method === "CONNECT" };
      requests.push({ ...good, ...readContent(reader, head, limits) });
      if (good.last) return { requests, refusal: null };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { requests, refusal: { status: error.status, method: head.method, head: good } };
    }
  }
}

/** Skips empty lines; returns `true` if anything follows. */
function skipEmptyLines(reader: Reader): boolean {
  for (let lines = 1;; lines++) {
    if (reader.at === reader.whole) return false;
    if (reader.peek() !== "\r") return true;
    reader.at++;
    // A client that ends here has sent only empty lines.
    if (reader.at === reader.whole) return false;
    reader.expect("\n");
    if (lines > MAX_EMPTY_LINES) throw new Refused(400);
  }
}

function readHead(reader: Reader, head: Head, limits: ReferenceLimits): void {
  reader.limit(limits.maxHeaderSize, 431);
  const method = reader.run(TOKEN);
  if (method.length > MAX_METHOD) throw new Refused(501);
  if (reader.peek() !== " " || method === "") throw new Refused(400);
  head.method = method;
  reader.at++;
  reader.peek();
  if (reader.overLimit !== 0) reader.overLimit = 414;
  head.target = reader.run(TARGET);
  if (head.target === "") throw new Refused(400);
  reader.expect(" ");
  if (reader.overLimit !== 0) reader.overLimit = 431;
  for (const byte of "HTTP/") reader.expect(byte);
  const major = reader.peek();
  if (!/[0-9]/.test(major)) throw new Refused(400);
  reader.at++;
  reader.expect(".");
  const minor = reader.peek();
  if (!/[0-9]/.test(minor)) throw new Refused(400);
  reader.at++;
  reader.expect("\r");
  reader.expect("\n");
  if (major !== "1") throw new Refused(505);
  head.minor = minor === "0" ? 0 : 1;
  const hasAuthority = checkTarget(head);
  readFieldsOf(reader, head, limits, hasAuthority);
  reader.unlimit();
}

/** Checks the target; returns `true` if it names a host. */
function checkTarget({ method, target }: Head): boolean {
  if (method === "CONNECT") {
    if (!isAuthority(target) || !(Number(/:(\d*)$/.exec(target)?.[1] ?? 0) > 0)) throw new Refused(400);
    return true;
  }
  if (target.startsWith("/")) return false;
  if (target === "*") {
    if (method !== "OPTIONS") throw new Refused(400);
    return false;
  }
  const authority = /^https?:\/\/([^/?]*)/i.exec(target);
  if (authority === null || !isAuthority(authority[1]!)) throw new Refused(400);
  return true;
}

function isAuthority(text: string): boolean {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(text);
  if (match === null || Number(match[2] ?? 0) > 65535) return false;
  const host = match[1]!;
  if (!host.startsWith("[")) return REG_NAME.test(host);
  const literal = host.slice(1, -1);
  return IPV6.test(literal) || IPV_FUTURE.test(literal);
}

function readFieldsOf(reader: Reader, head: Head, limits: ReferenceLimits, hasAuthority: boolean): void {
  const hosts: string[] = [];
  const codings: string[] = [];
  let encoded = false;
  const options = new Set<string>();
  let expectation = false;
  readFields(reader, limits, (name, value) => {
    if (name === "host") {
      hosts.push(value);
      if (hosts.length > 1 || (value !== "" && !isAuthority(value))) throw new Refused(400);
    } else if (name === "content-length") {
      if (head.length !== null || !/^\d+$/.test(value)) throw new Refused(400);
      if (BigInt(value) > BigInt(Number.MAX_SAFE_INTEGER)) throw new Refused(413);
      head.length = Number(value);
    } else if (name === "transfer-encoding") {
      encoded = true;
      for (const element of elementsOf(value)) {
        const [, coding, parameters] = TRANSFER_CODING.exec(element) ?? [];
        if (coding === undefined || codings.includes("chunked")) throw new Refused(400);
        if (coding.toLowerCase() === "chunked" && parameters !== "") throw new Refused(400);
        codings.push(coding.toLowerCase());
      }
    } else if (name === "connection") {
      for (const option of value.toLowerCase().split(/[ \t,]+/)) options.add(option);
    } else if (name === "expect") {
      for (const element of elementsOf(value)) {
        if (element.toLowerCase() === "100-continue") head.expects = true;
        else expectation = true;
      }
    }
  });
  if (hosts.length === 0 && head.minor === 1) throw new Refused(400);
  if (hosts[0] === "" && hasAuthority) throw new Refused(400);
  if (encoded) {
    if (head.length !== null || head.minor === 0 || codings.at(-1) !== "chunked") throw new Refused(400);
    if (codings.length > 1) throw new Refused(501);
    head.chunked = true;
  }
  if (head.method === "CONNECT" && (head.chunked || (head.length ?? 0) > 0)) throw new Refused(400);
  if (expectation && head.minor === 1) throw new Refused(417);
  head.close = options.has("close") || (head.minor === 0 && !options.has("keep-alive"));
}

/** Lists the elements of a list that are not empty. */
function elementsOf(value: string): string[] {
  return value.split(",").map((element) => element.replace(/^[ \t]+|[ \t]+$/g, "")).filter((element) =>
    element !== ""
  );
}

/** Reads field lines up to the empty line. */
function readFields(
  reader: Reader,
  limits: ReferenceLimits,
  take: (name: string, value: string) => void,
): void {
  for (let count = 1;; count++) {
    if (reader.peek() === "\r") {
      reader.at++;
      return reader.expect("\n");
    }
    const name = reader.run(TOKEN);
    if (name === "") throw new Refused(400);
    if (count > limits.maxHeaderCount) throw new Refused(431);
    reader.expect(":");
    reader.run(BLANKS);
    const value = reader.run(VALUE).replace(/[ \t]+$/, "");
    reader.expect("\r");
    reader.expect("\n");
    take(name.toLowerCase(), value);
  }
}

function readContent(
  reader: Reader,
  head: Head,
  limits: ReferenceLimits,
): Pick<ReferenceRequest, "body" | "trailers"> {
  if (head.chunked) return readChunks(reader, limits);
  const length = head.length ?? 0;
  const body = reader.take(length);
  if (body.length < length) throw new Refused(400);
  return { body, trailers: [] };
}

function readChunks(reader: Reader, limits: ReferenceLimits): Pick<ReferenceRequest, "body" | "trailers"> {
  let body = "";
  let total = 0;
  const extensions = { size: 0 };
  for (;;) {
    const size = readSize(reader, extensions);
    readExtensions(reader, extensions);
    reader.expect("\r");
    reader.expect("\n");
    if (size === 0) break;
    total += size;
    if (total > limits.maxRequestBodySize) throw new Refused(413);
    const data = reader.take(size);
    if (data.length < size) throw new Refused(400);
    body += data;
    reader.expect("\r");
    reader.expect("\n");
  }
  const trailers: string[] = [];
  reader.limit(limits.maxHeaderSize, 431);
  readFields(reader, limits, (name, value) => {
    if (!NO_TRAILERS.test(name)) trailers.push(`${name}: ${value}`);
  });
  reader.unlimit();
  return { body, trailers };
}

function readSize(reader: Reader, extensions: { size: number }): number {
  const digits = reader.run(HEX);
  const significant = digits.replace(/^0+/, "");
  // The excess digit comes before or after the excess zero.
  const tooManyZeros = digits.length - 16 + extensions.size > MAX_EXTENSIONS;
  if (significant.length > 15) throw new Refused(400);
  if (tooManyZeros) throw new Refused(413);
  extensions.size += Math.max(0, digits.length - 16);
  if (digits === "") {
    reader.peek();
    throw new Refused(400);
  }
  return parseInt(digits, 16);
}

/** Reads `*( BWS ";" BWS name [ BWS "=" BWS value ] )`, without the whitespace before the first semicolon. */
function readExtensions(reader: Reader, extensions: { size: number }): void {
  const count = (read: string): void => {
    extensions.size += read.length;
    if (extensions.size > MAX_EXTENSIONS) throw new Refused(413);
  };
  while (reader.peek() === ";") {
    reader.at++;
    count(";");
    count(reader.run(BLANKS));
    const name = reader.run(TOKEN);
    count(name);
    if (name === "") {
      reader.peek();
      throw new Refused(400);
    }
    const before = reader.run(BLANKS);
    count(before);
    let after = "";
    if (reader.peek() === "=") {
      reader.at++;
      count("=");
      count(reader.run(BLANKS));
      readExtensionValue(reader, count);
      after = reader.run(BLANKS);
      count(after);
      reader.peek();
    } else {
      after = before;
    }
    // Whitespace must be followed by another part.
    if (after !== "" && reader.peek() !== ";") throw new Refused(400);
  }
}

function readExtensionValue(reader: Reader, count: (read: string) => void): void {
  if (reader.peek() !== '"') {
    const value = reader.run(TOKEN);
    count(value);
    if (value === "") throw new Refused(400);
    return;
  }
  reader.at++;
  count('"');
  for (;;) {
    const byte = reader.peek();
    if (byte !== "\t" && !/[\x20-\x7e\x80-\xff]/.test(byte)) throw new Refused(400);
    reader.at++;
    count(byte);
    if (byte === '"') return;
    if (byte !== "\\") continue;
    const quoted = reader.peek();
    if (quoted !== "\t" && !/[\x20-\x7e\x80-\xff]/.test(quoted)) throw new Refused(400);
    reader.at++;
    count(quoted);
  }
}
