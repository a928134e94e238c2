/**
 * Prints as JSON what loading the library, and serving without Fetch, has done to the Fetch API of the
 * process.
 */
import process from "node:process";

/** Node loads its Fetch when one of its globals is looked at, so here it is this list that is. */
const { moduleLoadList = [] } = process as unknown as { readonly moduleLoadList?: readonly string[] };

/** The others have no such list, or an empty one. */
const fetchApi = () => moduleLoadList.length === 0 ? [Request, Response, Headers, fetch] : [];

const before = fetchApi();
const { Server } = await import("../../mod.ts");
const listening = await Server.http("127.0.0.1:0").handle((_req, res) => res.send("Hello, World!"));
await listening.close();
console.log(JSON.stringify({
  changed: fetchApi().filter((value, index) => value !== before[index]).map(String),
  loaded: moduleLoadList.filter((name) => name.includes("undici")),
}));
