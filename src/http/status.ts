/** A three-digit HTTP status code (RFC 9110 section 15), as a plain number. */
export type StatusCode = number;

// The IANA registry of HTTP status codes. 306 and 418 are registered as unused, so they have no phrase.
const PHRASES: readonly (readonly [StatusCode, string])[] = [
  [100, "Continue"],
  [101, "Switching Protocols"],
  [102, "Processing"],
  [103, "Early Hints"],
  [104, "Upload Resumption Supported"],
  [200, "OK"],
  [201, "Created"],
  [202, "Accepted"],
  [203, "Non-Authoritative Information"],
  [204, "No Content"],
  [205, "Reset Content"],
  [206, "Partial Content"],
  [207, "Multi-Status"],
  [208, "Already Reported"],
  [226, "IM Used"],
  [300, "Multiple Choices"],
  [301, "Moved Permanently"],
  [302, "Found"],
  [303, "See Other"],
  [304, "Not Modified"],
  [305, "Use Proxy"],
  [307, "Temporary Redirect"],
  [308, "Permanent Redirect"],
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [402, "Payment Required"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [406, "Not Acceptable"],
  [407, "Proxy Authentication Required"],
  [408, "Request Timeout"],
  [409, "Conflict"],
  [410, "Gone"],
  [411, "Length Required"],
  [412, "Precondition Failed"],
  [413, "Content Too Large"],
  [414, "URI Too Long"],
  [415, "Unsupported Media Type"],
  [416, "Range Not Satisfiable"],
  [417, "Expectation Failed"],
  [421, "Misdirected Request"],
  [422, "Unprocessable Content"],
  [423, "Locked"],
  [424, "Failed Dependency"],
  [425, "Too Early"],
  [426, "Upgrade Required"],
  [428, "Precondition Required"],
  [429, "Too Many Requests"],
  [431, "Request Header Fields Too Large"],
  [451, "Unavailable For Legal Reasons"],
  [500, "Internal Server Error"],
  [501, "Not Implemented"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
  [505, "HTTP Version Not Supported"],
  [506, "Variant Also Negotiates"],
  [507, "Insufficient Storage"],
  [508, "Loop Detected"],
  [510, "Not Extended"],
  [511, "Network Authentication Required"],
];

// Entry 0 is status 100. The space before an empty phrase is part of the grammar (RFC 9112 section 4).
const lines: string[] = Array.from({ length: 500 }, (_, index) => `HTTP/1.1 ${index + 100} \r\n`);
for (const [status, phrase] of PHRASES) lines[status - 100] = `HTTP/1.1 ${status} ${phrase}\r\n`;

/**
 * Status line of a response (RFC 9112 section 4), from a table built at start.
 *
 * @param status An integer from 100 to 599.
 * @returns For example `HTTP/1.1 404 Not Found\r\n`.
 * @throws {RangeError} If `status` is not such an integer.
 */
export function statusLine(status: StatusCode): string {
  const line = lines[status - 100];
  if (line === undefined) {
    throw new RangeError(`Cannot write status ${describe(status)}: not an integer from 100 to 599`);
  }
  return line;
}

/**
 * Checks the status of a final response.
 *
 * @param status The status that the handler set.
 * @throws {RangeError} If the status is not an integer from 200 to 599.
 */
export function assertFinalStatus(status: StatusCode): void {
  if (!(Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw new RangeError(`Cannot set status ${describe(status)}: not an integer from 200 to 599`);
  }
}

/**
 * Checks the status of an interim response (RFC 9110 section 15.2). 101 is refused because it ends HTTP on
 * the connection.
 *
 * @param status The status that the handler passed.
 * @throws {RangeError} If the status is not an integer from 100 to 199, or is 101.
 */
export function assertInformationalStatus(status: StatusCode): void {
  if (!(Number.isInteger(status) && status >= 100 && status <= 199)) {
    throw new RangeError(
      `Cannot send informational status ${describe(status)}: not an integer from 100 to 199`,
    );
  }
  if (status === 101) {
    throw new RangeError("Cannot send informational status 101: only an upgrade switches protocols");
  }
}

/**
 * Describes a status for an error message. Plain JavaScript may have passed something that is not a number.
 */
function describe(status: unknown): string {
  return typeof status === "number" ? String(status) : `of type ${typeof status}`;
}
