/**
 * Does the same things with the runtime's `Response` and with what `adaptFetch()` puts in its place, and
 * prints as JSON where they come to something else.
 */
import { adaptFetch } from "../../mod.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Make = () => Response;

const stream = () =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode("stream"));
      controller.close();
    },
  });

class Tea extends Response {
  readonly kind = "green";
}

/** Ways to make a response. */
const MAKES: Readonly<Record<string, Make>> = {
  "nothing": () => new Response(),
  "undefined": () => new Response(undefined, undefined),
  "null": () => new Response(null, { status: 404 }),
  "text": () => new Response("text"),
  "empty text": () => new Response(""),
  "text and init": () => new Response("text", { status: 201, statusText: "Made", headers: { "X-A": "1" } }),
  "text and Headers": () => new Response("text", { headers: new Headers([["x-a", "1"], ["x-a", "2"]]) }),
  "text and pairs": () => new Response("text", { headers: [["set-cookie", "a"], ["set-cookie", "b"]] }),
  "text and a type": () => new Response("text", { headers: { "Content-Type": "text/html" } }),
  "text and a response": () =>
    new Response("text", new Response(null, { status: 202, headers: { "x-a": "1" } })),
  "text and a number": () => new Response("text", { headers: { "x-a": 1 as never } }),
  "unicode": () => new Response("Grüße ☃ \ud800"),
  "bytes": () => new Response(encoder.encode("bytes")),
  "many bytes": () => new Response(new Uint8Array(100_000).fill(97)),
  "a part of bytes": () => new Response(encoder.encode("some bytes").subarray(5)),
  "a DataView": () => new Response(new DataView(encoder.encode("view").buffer)),
  "a buffer": () => new Response(encoder.encode("buffer").buffer),
  "a blob": () => new Response(new Blob(["blob"], { type: "text/x-own" })),
  "a blob without a type": () => new Response(new Blob(["blob"])),
  "parameters": () => new Response(new URLSearchParams({ a: "1 2" })),
  "a stream": () => new Response(stream(), { status: 203 }),
  "another object": () => new Response({ toString: () => "object" } as never),
  "a number": () => new Response(12 as never),
  "204": () => new Response(null, { status: 204 }),
  "205 and text": () => new Response("text", { status: 205 }),
  "204 and empty text": () => new Response("", { status: 204 }),
  "status 199": () => new Response("text", { status: 199 }),
  "status 600": () => new Response("text", { status: 600 }),
  "status 200.5": () => new Response("text", { status: 200.5 }),
  "a status of text": () => new Response("text", { status: "201" as never }),
  "a line break in the status text": () => new Response("text", { statusText: "a\nb" }),
  "a bad name": () => new Response("text", { headers: { "a b": "1" } }),
  "a bad value": () => new Response("text", { headers: { "x-a": "1\n2" } }),
  "a value with a blank line around": () => new Response("text", { headers: { "x-a": "\n1\r\n" } }),
  "a wide value": () => new Response("text", { headers: { "x-a": "☃" } }),
  "null for fields": () => new Response("text", { headers: null as never }),
  "text for fields": () => new Response("text", { headers: "x-a: 1" as never }),
  "a list for a value": () => new Response("text", { headers: { "x-a": ["1", "2"] as never } }),
  "a name in two casings": () => new Response("text", { headers: { "X-A": "1", "x-a": "2" } }),
  "a null status": () => new Response("text", { status: null as never }),
  "an init of text": () => new Response("text", "init" as never),
  "a null init": () => new Response("text", null as never),
  "json": () => Response.json({ a: [1, null] }),
  "json and init": () => Response.json([], { status: 400, headers: { "x-a": "1" } }),
  "json and a type": () => Response.json([], { headers: { "content-type": "application/x-own" } }),
  "json of undefined": () => Response.json(undefined),
  "json of a bigint": () => Response.json(1n),
  "an error": () => Response.error(),
  "a redirect": () => Response.redirect("http://localhost/a", 303),
  "a subclass": () => new Tea("text", { headers: { "x-a": "1" } }),
};

const read = (response: Response) => response.text();

/** Things to do with one. */
const USES: Readonly<Record<string, (response: Response) => unknown>> = {
  "its parts": ({ status, statusText, ok, type, url, redirected, bodyUsed, body }) => [
    status,
    statusText,
    ok,
    type,
    url,
    redirected,
    bodyUsed,
    body === null,
  ],
  "its fields": ({ headers }) => [...headers],
  "what it is": (response) => [
    response instanceof Response,
    response instanceof Tea,
    response.constructor === Response,
    String(response),
    response.headers === response.headers,
    response.body === response.body,
  ],
  "text()": read,
  "bytes()": async (response) => decoder.decode(await response.bytes()),
  "arrayBuffer()": async (response) => decoder.decode(await response.arrayBuffer()),
  "json()": (response) => response.json(),
  "blob()": async (response) => await (await response.blob()).text(),
  "formData()": async (response) => [...await response.formData()],
  "its stream": async (response) => {
    const pieces: string[] = [];
    for await (const chunk of response.body ?? []) pieces.push(decoder.decode(chunk));
    return [pieces.join(""), response.bodyUsed];
  },
  "reading twice": async (response) => [await read(response), response.bodyUsed, await read(response)],
  "a clone": async (response) => {
    response.headers.append("x-before", "1");
    const clone = response.clone();
    clone.headers.append("x-after", "2");
    return [
      [...response.headers],
      [...clone.headers],
      clone.status,
      await read(clone),
      response.bodyUsed,
      await read(response),
    ];
  },
  "a clone of what was looked at": async (response) => {
    const { body } = response;
    response.headers.append("x-before", "1");
    const clone = response.clone();
    return [body === null, [...clone.headers], await read(clone), await read(response)];
  },
  "a clone of what was read": async (response) => {
    await read(response);
    return typeof response.clone();
  },
  "a response of its parts": async (response) => {
    const copy = new Response(response.body, response);
    return [copy.status, copy.statusText, [...copy.headers], await read(copy), response.bodyUsed];
  },
  "changed fields": ({ headers }) => {
    headers.set("x-a", "changed");
    headers.delete("content-type");
    return [...headers];
  },
};

/**
 * Bun gives text its type as late as it sends it, and forgets that of a blob whose stream was asked for; here
 * both have it, as Fetch says.
 */
const TYPE = new Response("").headers.has("content-type") ? "none" : "text/(?:plain;charset=UTF-8|x-own)";

function textOf(outcome: unknown): string {
  return JSON.stringify(outcome).replaceAll(new RegExp(`\\["content-type","${TYPE}"\\],?`, "g"), "");
}

async function outcomes(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [made, make] of Object.entries(MAKES)) {
    for (const [use, of] of Object.entries(USES)) {
      try {
        found[`${made}: ${use}`] = textOf(await of(make()));
      } catch (error) {
        found[`${made}: ${use}`] = (error as Error).name;
      }
    }
  }
  return found;
}

const before = await outcomes();
const native = Response;
adaptFetch();
const after = await outcomes();
const differences = Object.keys(before)
  .filter((name) => before[name] !== after[name])
  .map((name) => ({ name, before: before[name], after: after[name] }));
console.log(
  JSON.stringify({ replaced: Response !== native, compared: Object.keys(before).length, differences }),
);
