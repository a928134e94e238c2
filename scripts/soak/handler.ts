/** The handler of the soak: answers by which a client can tell that nothing was lost or mixed up. */
import type { Request, Response } from "../../mod.ts";
import { acceptWebSocket } from "../../src/websocket.ts";
import { checksum, START, streamPiece } from "./content.ts";

const ROUTES: Readonly<Record<string, (req: Request, res: Response) => void | Promise<void>>> = {
  /** The query: the number of a request. */
  "/id": (req, res) => res.send(req.uri.query ?? ""),
  /** Size and checksum of the content. */
  async "/sum"(req, res) {
    let [size, sum] = [0, START];
    for await (const piece of req.body) {
      size += piece.length;
      sum = checksum(sum, piece);
    }
    await res.send(`${size} ${sum}`);
  },
  /** As many pieces as the query says. */
  async "/stream"(req, res) {
    const streaming = res.start();
    for (let piece = 0; piece < Number(req.uri.query); piece++) await streaming.write(streamPiece(piece));
  },
  /** Messages come back as they are. */
  async "/socket"(req, res) {
    const socket = await acceptWebSocket(req, res, { perMessageDeflate: true });
    socket.onmessage = ({ data }) => socket.send(data);
  },
};

/** Answers by the path. */
export default function handler(req: Request, res: Response): void | Promise<void> {
  const route = ROUTES[req.uri.path];
  if (route !== undefined) return route(req, res);
  res.status = 404;
}
