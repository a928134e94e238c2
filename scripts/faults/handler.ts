/** The handler of the fault drills: each path makes a mistake of its own. */
import type { Request, Response } from "../../mod.ts";

/** Milliseconds between two bytes of a slow response. */
const DRIP = 1;

const MISTAKES: Readonly<Record<string, (req: Request, res: Response) => void | Promise<void>>> = {
  "/never": () => new Promise(() => {}),
  "/throws": () => {
    throw new Error("The handler throws");
  },
  async "/rejects"() {
    await pause(20);
    throw new Error("The handler rejects");
  },
  async "/rejects-after-sending"(_req, res) {
    res.send("sent");
    await pause(20);
    throw new Error("The handler rejects after sending");
  },
  "/writes-after-end"(_req, res) {
    const streaming = res.start();
    streaming.write("ended");
    streaming.end();
    streaming.write("too late");
  },
  async "/writes-after-settling"(_req, res) {
    const streaming = res.start();
    streaming.write("settled");
    setTimeout(() => streaming.write("too late"), 20);
    await pause(1);
  },
  "/loops"(req, res) {
    for (const until = performance.now() + Number(req.uri.query); performance.now() < until;);
    res.send("looped");
  },
  async "/slow"(req, res) {
    await pause(Number(req.uri.query));
    await res.send("slow");
  },
  async "/drips"(req, res) {
    const streaming = res.start();
    for (let left = Number(req.uri.query); left > 0; left--) {
      await streaming.write(".");
      await pause(DRIP);
    }
  },
  async "/echo"(req, res) {
    await req.body.pipeTo(res.start().writable);
  },
};

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Answers, or makes the mistake that the path names. */
export default function handler(req: Request, res: Response): void | Promise<void> {
  const mistake = MISTAKES[req.uri.path];
  return mistake === undefined ? res.send("fine") : mistake(req, res);
}
