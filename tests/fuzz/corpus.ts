import { loadGroups, textOf } from "../conformance/vectors.ts";
import { DEFAULT_LIMITS, referenceOf } from "./reference.ts";

/** Initial inputs of the fuzzer: those of the conformance vectors, and additional pieces for splicing. */
export interface Corpus {
  /** Inputs, one character for each byte. */
  readonly inputs: readonly string[];
  /** Inputs that are valid requests, after which another request may follow. */
  readonly good: readonly string[];
  /** Pieces with a meaning in a message. */
  readonly words: readonly string[];
}

/** Maximum length of an input. Longer inputs test limits, which random changes would rarely affect. */
const MAX_INPUT = 1200;

const OWN = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
  "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "POST /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n" +
  '3;a=b\r\nabc\r\n0;q="\\""\r\nX: y\r\n\r\n',
  "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
  "GET http://b.example:80/x?y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
  "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
  "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
  "GET /old HTTP/1.0\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
  "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi\r\n" +
  "GET / HTTP/1.1\r\nHost: b\r\nX: \xe9\t\xff\r\n\r\n",
];

const WORDS = [
  "\r\n",
  "\n",
  "\r",
  " ",
  "\t",
  "\0",
  "\x0b",
  "\x7f",
  "\x80",
  "\xff",
  ":",
  ",",
  ";",
  "=",
  '"',
  "\\",
  "0",
  "1",
  "a",
  "+",
  "-",
  "_",
  "0x",
  "%",
  "#",
  "?",
  "*",
  "/",
  "@",
  "[",
  "]",
  "chunked",
  "Chunked, chunked",
  "gzip, chunked",
  "identity",
  "close",
  "keep-alive",
  "upgrade",
  "100-continue",
  "trailers",
  "HTTP/1.0",
  "HTTP/1.1",
  "HTTP/1.2",
  "HTTP/2.0",
  "GET ",
  "HEAD ",
  "POST ",
  "CONNECT ",
  "OPTIONS * ",
  "http://a/",
  "https://a:1?",
  "9007199254740991",
  "9007199254740992",
  "1fffffffffffff",
  "20000000000000",
  "0000000000000000000000",
  "ffffffff",
  "80000000",
  "100000000",
  "\r\n\r\n",
  "0\r\n\r\n",
  "0\r\nX: y\r\n\r\n",
  "5\r\nhello\r\n",
  "1;a=b\r\nx\r\n",
  ';a="b\\""',
  ";a ; b = c",
  "Host: a\r\n",
  "Host:\r\n",
  "Content-Length: 0\r\n",
  "Content-Length: 3\r\n",
  "content-length:5\r\n",
  "Transfer-Encoding: chunked\r\n",
  "transfer-encoding:\tchunked \r\n",
  "Transfer-Encoding: gzip\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "Connection: upgrade\r\nUpgrade: x\r\n",
  "Expect: 100-continue\r\n",
  "Expect: x\r\n",
  "TE: trailers\r\n",
  "X: y\r\n",
  " folded\r\n",
  "X : y\r\n",
  "X\r\n",
];

/** Reads the vectors. A line with ranges of bytes contributes the first and the last byte of each range. */
export function loadCorpus(): Corpus {
  const inputs = new Set(OWN);
  for (const { vectors } of loadGroups()) {
    for (const { cases } of vectors) {
      for (const { edge, input } of cases) {
        if (edge && input.length > 0 && input.length <= MAX_INPUT) inputs.add(textOf(input));
      }
    }
  }
  const good = [...inputs].filter((input) => {
    const { requests, refusal } = referenceOf(input, DEFAULT_LIMITS);
    return requests.length > 0 && refusal === null && !requests.at(-1)!.last;
  });
  return { inputs: [...inputs], good, words: WORDS };
}
