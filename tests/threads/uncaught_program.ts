/**
 * Starts servers whose module throws where nobody catches, while it loads, and prints what `handle` rejects
 * with.
 */
import { Server } from "../../mod.ts";
import { moduleUrl } from "./check.ts";

for (const name of ["uncaught_dom.ts", "uncaught_rejection.ts"]) {
  const handling = Server.http("127.0.0.1:0").handle(moduleUrl(name), { threads: 2, accept: "dispatch" });
  const error = await handling.then(() => null, (error: Error & { code?: unknown }) => error);
  console.log(JSON.stringify([error instanceof DOMException, error?.name, error?.message, error?.code]));
}
