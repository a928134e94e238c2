import { HeaderMap } from "../../mod.ts";
import type { ResponseRecord } from "../../src/exchange/response_record.ts";

/** A response as it may be recorded; the test says what is different. */
export function record(differences: Partial<ResponseRecord> = {}): ResponseRecord {
  return {
    method: "GET",
    target: "/index.html?q=1",
    version: "1.1",
    headers: new HeaderMap({ referer: "http://a.example/", "user-agent": "test/1.0 (X11)" }),
    remoteAddress: { hostname: "192.0.2.7", port: 4711 },
    status: 200,
    bytesIn: 90,
    bytesOut: 2326,
    start: Date.UTC(2000, 9, 10, 13, 55, 36, 250),
    firstByte: 1.5,
    duration: 12.5,
    aborted: false,
    error: undefined,
    thread: 0,
    connection: 3,
    request: 2,
    ...differences,
  };
}

/** A request whose head was never complete. */
export const HEADLESS: Partial<ResponseRecord> = {
  method: null,
  target: null,
  version: null,
  headers: null,
  status: 408,
};
