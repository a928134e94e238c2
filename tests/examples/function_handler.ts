/**
 * A handler may be a function.
 *
 * ```rust
 * fn hello(req: Request, res: Response) {
 *     // handle things here
 * }
 * ```
 */
import { type Request, type Response, Server } from "../../mod.ts";
import { run } from "./run.ts";

function hello(req: Request, res: Response): void {
  res.headers.set("content-type", "text/plain; charset=utf-8");
  res.send(`Hello, ${req.uri.path.slice(1) || "World"}!`);
}

run(await Server.http("127.0.0.1:0").handle(hello));
