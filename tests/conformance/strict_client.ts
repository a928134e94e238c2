/**
 * A parser that accepts only responses that RFC 9112 allows a server to generate, and the additional rules
 * for every response of this server.
 */

/** One response, interim or final. */
export interface ParsedResponse {
  readonly status: number;
  /** Names and values as received. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The decoded content, one character for each byte. */
  readonly body: string;
  /** Framing of the content. */
  readonly framing: "none" | "length" | "chunked" | "close";
  readonly trailers: readonly (readonly [name: string, value: string])[];
  /** The whole response as received. */
  readonly raw: string;
  /** The method of the request. */
  readonly method: string;
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-5][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;
const IMF_FIXDATE = new RegExp(
  "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) " +
    "\\d{4} \\d{2}:\\d{2}:\\d{2} GMT$",
);

/** Lists the values of a field, in order. */
export function valuesOf(response: Pick<ParsedResponse, "fields">, name: string): string[] {
  return response.fields.filter(([field]) => field.toLowerCase() === name).map(([, value]) => value);
}

/**
 * Parses all responses on one connection, which the server has closed.
 *
 * @param received All bytes, one character for each.
 * @param methods The methods of the requests, in order; GET for further ones.
 * @param options `closeDelimited`: `true` if the end of the connection may end the last response.
 * @throws {Error} At the first byte that a strict client would refuse.
 */
export function parseResponses(
  received: string,
  methods: readonly string[],
  options: { readonly closeDelimited?: boolean } = {},
): ParsedResponse[] {
  const responses: ParsedResponse[] = [];
  let finals = 0;
  let at = 0;
  while (at < received.length) {
    const method = methods[finals] ?? "GET";
    const { response, end } = parseResponse(received, at, method);
    if (response.framing === "close" && options.closeDelimited !== true) {
      throw new Error(`The response ends with the connection alone: ${JSON.stringify(response.raw)}`);
    }
    if (response.status >= 200) finals++;
    responses.push(response);
    at = end;
  }
  return responses;
}

function parseResponse(
  text: string,
  start: number,
  method: string,
): { response: ParsedResponse; end: number } {
  const [line, fieldsStart] = readLine(text, start);
  const match = STATUS_LINE.exec(line);
  if (match === null) throw new Error(`The status line is malformed: ${JSON.stringify(line)}`);
  const status = Number(match[1]);
  const [fields, contentStart] = readFields(text, fieldsStart);
  const content = readContent(text, contentStart, method, status, { fields });
  const raw = text.slice(start, content.end);
  const { body, framing, trailers } = content;
  return { response: { status, fields, body, framing, trailers, raw, method }, end: content.end };
}

function readLine(text: string, start: number): [line: string, next: number] {
  const end = text.indexOf("\n", start);
  if (end === -1) throw new Error(`A line has no end: ${JSON.stringify(text.slice(start, start + 80))}`);
  if (text[end - 1] !== "\r" || end === start) {
    throw new Error(`A line ends with a bare LF: ${JSON.stringify(text.slice(start, end))}`);
  }
  const line = text.slice(start, end - 1);
  if (line.includes("\r")) throw new Error(`A line holds a bare CR: ${JSON.stringify(line)}`);
  return [line, end + 1];
}

function readFields(text: string, start: number): [fields: [string, string][], next: number] {
  const fields: [string, string][] = [];
  let at = start;
  for (;;) {
    const [line, next] = readLine(text, at);
    at = next;
    if (line === "") return [fields, at];
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    const value = line.slice(colon + 1);
    if (!TOKEN.test(name)) throw new Error(`A field name is no token: ${JSON.stringify(line)}`);
    // A server has no reason to send whitespace other than one space after the colon.
    if (!value.startsWith(" ") || !FIELD_VALUE.test(value.slice(1))) {
      throw new Error(`A field value is malformed: ${JSON.stringify(line)}`);
    }
    fields.push([name, value.slice(1)]);
  }
}

interface Content {
  readonly body: string;
  readonly framing: ParsedResponse["framing"];
  readonly trailers: [string, string][];
  readonly end: number;
}

function readContent(
  text: string,
  start: number,
  method: string,
  status: number,
  head: Pick<ParsedResponse, "fields">,
): Content {
  const lengths = valuesOf(head, "content-length");
  const codings = valuesOf(head, "transfer-encoding");
  if (lengths.length + codings.length > 1) throw new Error("The response is framed more than once");
  if (lengths.some((length) => !/^(?:0|[1-9]\d*)$/.test(length))) {
    throw new Error("content-length is malformed");
  }
  if (codings.some((coding) => coding !== "chunked")) throw new Error("transfer-encoding is not chunked");
  const isFramed = lengths.length + codings.length === 1;
  if (isFramed && (status < 200 || status === 204)) throw new Error(`A ${status} has a framing field`);
  const tunnel = method === "CONNECT" && status >= 200 && status < 300;
  if (tunnel && isFramed) throw new Error("A success of CONNECT has a framing field");
  if (method === "HEAD" || status < 200 || status === 204 || status === 304 || tunnel) {
    return { body: "", framing: "none", trailers: [], end: start };
  }
  if (lengths.length === 1) {
    const end = start + Number(lengths[0]);
    if (end > text.length) throw new Error(`The content is ${end - text.length} bytes short`);
    return { body: text.slice(start, end), framing: "length", trailers: [], end };
  }
  if (codings.length === 1) return readChunks(text, start);
  return { body: text.slice(start), framing: "close", trailers: [], end: text.length };
}

function readChunks(text: string, start: number): Content {
  let body = "";
  let at = start;
  for (;;) {
    const [line, next] = readLine(text, at);
    if (!/^(?:0|[1-9a-fA-F][0-9a-fA-F]{0,12})$/.test(line)) {
      throw new Error(`A chunk size is malformed: ${JSON.stringify(line)}`);
    }
    const size = parseInt(line, 16);
    at = next;
    if (size === 0) break;
    if (at + size + 2 > text.length) throw new Error("A chunk is cut short");
    if (text.slice(at + size, at + size + 2) !== "\r\n") {
      throw new Error("Chunk data is not followed by CRLF");
    }
    body += text.slice(at, at + size);
    at += size + 2;
  }
  const [trailers, end] = readFields(text, at);
  return { body, framing: "chunked", trailers, end };
}

/**
 * Checks the rules for every response of this server, with or without a handler: exactly one date, and only a
 * known connection option.
 *
 * @throws {Error} If a rule is violated.
 */
export function assertResponse(response: ParsedResponse): void {
  const dates = valuesOf(response, "date");
  if (response.status < 200) {
    if (dates.length > 1) throw new Error("An interim response has several dates");
    return;
  }
  if (dates.length !== 1) throw new Error(`The response has ${dates.length} dates`);
  const date = dates[0]!;
  const time = Date.parse(date);
  if (!IMF_FIXDATE.test(date) || new Date(time).toUTCString() !== date) {
    throw new Error(`The date is malformed: ${date}`);
  }
  if (Math.abs(time - Date.now()) > 60_000) throw new Error(`The date is not now: ${date}`);
  const connection = valuesOf(response, "connection");
  if (connection.length > 1) throw new Error("The response has several connection fields");
  if (connection.length === 1 && connection[0] !== "close" && connection[0] !== "keep-alive") {
    throw new Error(`The response has an unknown connection option: ${connection[0]}`);
  }
}

/** The marker in the inputs of `never_echoed.jsonl`. */
const MARKER = "echo7";

/**
 * Checks a rejection: delimited by its own length, announcing the end of the connection, with a short reason
 * in plain text that does not depend on the input.
 *
 * @throws {Error} If a rule is violated.
 */
export function assertRejection(response: ParsedResponse, reason: RegExp): void {
  if (valuesOf(response, "connection")[0] !== "close") {
    throw new Error("The rejection does not announce the close");
  }
  if (valuesOf(response, "content-length").length !== 1) {
    throw new Error("The rejection is not self-delimited");
  }
  if (!/^text\/plain(?:; ?charset=utf-8)?$/i.test(valuesOf(response, "content-type")[0] ?? "")) {
    throw new Error("The rejection is not text/plain");
  }
  if (response.raw.toLowerCase().includes(MARKER)) throw new Error("The rejection repeats the input");
  if (response.method === "HEAD") return;
  if (!/^[\x20-\x7e]{10,120}\n?$/.test(response.body)) {
    throw new Error(`The rejection has no short reason: ${JSON.stringify(response.body)}`);
  }
  if (!reason.test(response.body)) {
    throw new Error(`The reason does not name the rule: ${JSON.stringify(response.body)} for ${reason}`);
  }
}
