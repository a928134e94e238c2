/**
 * State that handlers share must be shareable: here a counter that is changed only by atomic operations.
 *
 * ```rust
 * let counter = AtomicUsize::new(0);
 * Server::http("").unwrap().handle(move |req: Request, res: Response| {
 *     counter.fetch_add(1, Ordering::Relaxed);
 * });
 * ```
 */
import { Server } from "../../mod.ts";
import { run } from "./run.ts";

const counter = new BigInt64Array(new SharedArrayBuffer(8));

const listening = await Server.http("127.0.0.1:0").handle((_req, res) => {
  const before = Atomics.add(counter, 0, 1n);
  res.send(`You are number ${before + 1n}\n`);
});
run(listening);
