/** Payloads of the responses. All candidates send equal bytes, so that only the servers differ. */

/** The routes of a server; a workload selects one. */
export const ROUTES = ["hello", "json", "echo", "large", "stream", "upload", "async", "app"] as const;

/** The name of a route. */
export type Route = typeof ROUTES[number];

/** The body of `hello`, `async` and `app`. */
export const HELLO = "Hello, World!";

/** The object that `json` serializes for each request: 1 KB. */
export const DOCUMENT: Record<string, unknown> = {
  id: "01JD3Q6Y7K4W9V2B8N5M0XZTRC",
  kind: "order",
  paid: true,
  total: 184.35,
  currency: "EUR",
  customer: { name: "Ada Lovelace", mail: "ada@example.org", since: "2019-04-01T00:00:00Z" },
  lines: Array.from({ length: 9 }, (_, at) => ({
    sku: `SKU-${10_000 + at}`,
    title: `A thing of number ${at}, in blue`,
    quantity: at + 1,
    price: 9.99 + at,
  })),
  notes: "Leave it with the neighbour if nobody is at home.",
};

/** The body of `json`. */
export const DOCUMENT_TEXT: string = JSON.stringify(DOCUMENT);

/** The body of `large`: 100 KB. */
export const LARGE: Uint8Array<ArrayBuffer> = new Uint8Array(100 * 1024).fill(0x61);

/** One piece of `stream`: 4 KB. */
export const PIECE: Uint8Array<ArrayBuffer> = new Uint8Array(4 * 1024).fill(0x62);

/** Number of pieces of `stream`. */
export const PIECES = 16;

/** Media types of the responses. */
export const MEDIA_TYPES: Record<Route, string> = {
  hello: "text/plain",
  json: "application/json",
  echo: "application/octet-stream",
  large: "application/octet-stream",
  stream: "application/octet-stream",
  upload: "text/plain",
  async: "text/plain",
  app: "text/plain; charset=UTF-8",
};
