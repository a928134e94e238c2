/**
 * Sends the content of a POST back as the content of the response; refuses any other method.
 *
 * ```rust
 * Server::http("").unwrap().handle(|mut req: Request, mut res: Response| {
 *     match req.method {
 *         hyper::Post => {
 *             io::copy(&mut req, &mut res.start().unwrap()).unwrap();
 *         },
 *         _ => *res.status_mut() = StatusCode::MethodNotAllowed
 *     }
 * });
 * ```
 */
import { Server } from "../../mod.ts";
import { run } from "./run.ts";

const listening = await Server.http("127.0.0.1:0").handle(async (req, res) => {
  if (req.method === "POST") await req.body.pipeTo(res.start().writable);
  else res.status = 405;
});
run(listening);
