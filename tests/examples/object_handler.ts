/**
 * A handler may be an object of a class that implements `Handler`, with state, here the sending end of a
 * channel.
 *
 * ```rust
 * struct SenderHandler {
 *     sender: Mutex<Sender<&'static str>>
 * }
 *
 * impl Handler for SenderHandler {
 *     fn handle(&self, req: Request, res: Response) {
 *         self.sender.lock().unwrap().send("start").unwrap();
 *     }
 * }
 * ```
 */
import { type Handler, type Request, type Response, Server } from "../../mod.ts";
import { run } from "./run.ts";

class SenderHandler implements Handler {
  readonly #sender: MessagePort;

  constructor(sender: MessagePort) {
    this.#sender = sender;
  }

  handle(req: Request, res: Response): void {
    this.#sender.postMessage(`${req.method} ${req.uri.raw}`);
    res.status = 202;
  }
}

const { port1, port2 } = new MessageChannel();
port2.onmessage = ({ data }) => console.error(data);
const listening = await Server.http("127.0.0.1:0").handle(new SenderHandler(port1));
// An open channel would keep the process alive.
listening.closed.then(() => port2.close());
run(listening);
