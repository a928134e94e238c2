import { bounded, describeError, escapeQuoted, toJsonLine } from "./log_escape.ts";
import type { ResponseRecord } from "../exchange/response_record.ts";

/** A format of an access log: the Common or the Combined Log Format of Apache and nginx, or lines of JSON. */
export type AccessLogFormat = "common" | "combined" | "json";

/** Makes the line of a response, without its line break. */
export type LineFormatter = (record: ResponseRecord) => string;

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * Formats a response in the Common Log Format: `host - - [time] "request line" status bytes`.
 *
 * @param record The response. Where no request head could be read, `-` stands for the request line.
 */
export function formatCommon(record: ResponseRecord): string {
  const { method, target, version, status, bytesOut } = record;
  const line = method === null ? "-" : escapeQuoted(`${method} ${target ?? ""} HTTP/${version ?? "1.1"}`);
  const size = bytesOut === 0 ? "-" : `${bytesOut}`;
  return `${hostOf(record)} - - [${timeOf(record.start)}] "${line}" ${status} ${size}`;
}

/**
 * Formats a response in the Combined Log Format: the Common one followed by `"referer" "user-agent"`.
 *
 * @param record The response.
 */
export function formatCombined(record: ResponseRecord): string {
  const referer = escapeQuoted(fieldOf(record, "referer") ?? "-");
  const agent = escapeQuoted(fieldOf(record, "user-agent") ?? "-");
  return `${formatCommon(record)} "${referer}" "${agent}"`;
}

/**
 * Formats a response as one line of JSON in ASCII. Durations are in milliseconds, `time` is ISO 8601.
 *
 * @param record The response. Fields of a request that could not be read are `null`.
 */
export function formatJson(record: ResponseRecord): string {
  const { method, target } = record;
  return toJsonLine({
    time: new Date(record.start).toISOString(),
    remote: hostOf(record),
    method: method === null ? null : bounded(method),
    target: target === null ? null : bounded(target),
    version: record.version,
    status: record.status,
    bytesIn: record.bytesIn,
    bytesOut: record.bytesOut,
    firstByte: record.firstByte,
    duration: record.duration,
    referer: optional(fieldOf(record, "referer")),
    userAgent: optional(fieldOf(record, "user-agent")),
    aborted: record.aborted,
    error: record.error === undefined ? null : describeError(record.error),
    thread: record.thread,
    connection: record.connection,
    request: record.request,
  });
}

/**
 * Finds the formatter of a format.
 *
 * @throws {TypeError} If there is no such format.
 */
export function formatterOf(format: AccessLogFormat): LineFormatter {
  const formatter = FORMATTERS[format];
  if (formatter === undefined) {
    throw new TypeError(`Cannot use option format: it is none of ${Object.keys(FORMATTERS).join(", ")}`);
  }
  return formatter;
}

const FORMATTERS: Readonly<Record<AccessLogFormat, LineFormatter>> = Object.assign(Object.create(null), {
  common: formatCommon,
  combined: formatCombined,
  json: formatJson,
});

function fieldOf(record: ResponseRecord, name: string): string | null {
  return record.headers?.get(name) ?? null;
}

function optional(value: string | null): string | null {
  return value === null ? null : bounded(value);
}

/** The client's address without blanks: a blank ends the host in the Common Log Format. */
function hostOf({ remoteAddress }: ResponseRecord): string {
  const host = "hostname" in remoteAddress ? remoteAddress.hostname : `unix:${remoteAddress.path}`;
  return escapeQuoted(host).replaceAll(" ", "\\x20");
}

/** For example `10/Oct/2000:13:55:36 +0000`. The time zone is always UTC. */
function timeOf(time: number): string {
  const date = new Date(time);
  const two = (value: number) => `${value}`.padStart(2, "0");
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
