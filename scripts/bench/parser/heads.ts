import { Buffer } from "node:buffer";

/**
 * Creates a head as a `Buffer`, the only input that http-parser-js accepts; for the others it is a
 * `Uint8Array`.
 */
function head(line: string, fields: readonly string[]): Uint8Array {
  return Buffer.from([line, ...fields, "", ""].join("\r\n"), "latin1");
}

/** A token of three parts, as long as a token with a user's groups. */
const TOKEN =
  `eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IjIwMjYifQ.${"eyJzdWIiOiIxMjM0NTY3ODkwIiw".repeat(30)}.` +
  "c2lnbmF0dXJlLW9mLXRoZS10b2tlbg".repeat(11);

/** Realistic request heads by name. None has content, so each is a whole message. */
export const HEADS: Readonly<Record<string, Uint8Array>> = {
  "curl": head("GET /index.html HTTP/1.1", [
    "Host: www.example.org",
    "User-Agent: curl/8.14.1",
    "Accept: */*",
  ]),
  "Chrome": head("GET /articles/2026/11/parsers?page=2&sort=new HTTP/1.1", [
    "Host: www.example.org",
    "Connection: keep-alive",
    "Cache-Control: max-age=0",
    'sec-ch-ua: "Not/A)Brand";v="99", "Google Chrome";v="139", "Chromium";v="139"',
    "sec-ch-ua-mobile: ?0",
    'sec-ch-ua-platform: "Linux"',
    "Upgrade-Insecure-Requests: 1",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
    "Chrome/139.0.0.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif," +
    "image/webp,image/apng,*/*;q=0.8",
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-User: ?1",
    "Sec-Fetch-Dest: document",
    "Referer: https://www.example.org/articles?page=1",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
    "Cookie: session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; consent=2026-01-01T00:00:00Z; seen=1",
  ]),
  "API client": head("GET /v2/customers/01JD3Q6Y7K4W9V2B8N5M0XZTRC/orders?limit=50 HTTP/1.1", [
    "Host: api.example.org",
    `Authorization: Bearer ${TOKEN}`,
    "Accept: application/json",
    "User-Agent: example-sdk/4.2.0 (node 26.10.0)",
    "X-Request-Id: 0f8fad5b-d9cb-469f-a165-70867728950e",
    "Accept-Encoding: gzip, br",
    "Connection: keep-alive",
  ]),
  "proxied": head("GET /app/dashboard HTTP/1.1", [
    "Host: app.internal:8080",
    "X-Request-ID: 9c5b94b1-35ad-49bb-b118-8e8fc24abf80",
    "X-Real-IP: 203.0.113.195",
    "X-Forwarded-For: 203.0.113.195, 70.41.3.18, 150.172.238.178",
    "X-Forwarded-Host: www.example.org",
    "X-Forwarded-Port: 443",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Scheme: https",
    "X-Scheme: https",
    'Forwarded: for=203.0.113.195;proto=https;by=10.0.0.7;host="www.example.org"',
    "Via: 2 edge-7 (proxy)",
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 " +
    "(KHTML, like Gecko) Version/18.5",
    "Accept: */*",
    "Accept-Encoding: gzip, deflate, br",
    "Accept-Language: de-DE,de;q=0.9",
  ]),
  "WebSocket": head("GET /chat HTTP/1.1", [
    "Host: server.example.org",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Origin: https://www.example.org",
    "Sec-WebSocket-Protocol: chat, superchat",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
  ]),
};
