import type { HandlerFunction, Response, Streaming } from "../../mod.ts";
import { outcome, parameter, reportOn } from "./report.ts";

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function writeLate(answer: Response<Streaming>, text: string): Promise<string> {
  await sleep(20);
  return await outcome(() => answer.write(text));
}

/** Routes for the behaviours when a handler settles. */
export const settlingRoutes: Readonly<Record<string, HandlerFunction>> = {
  "/settle/untouched": () => {},
  "/settle/untouched-later": async () => await sleep(5),
  "/settle/headers": (_req, res) => {
    res.status = 404;
    res.headers.set("x-kept", "yes");
  },
  "/settle/throw": (req, res) => {
    res.status = 201;
    res.headers.set("x-secret", "header");
    throw new Error(`secret ${parameter(req, "id")}`);
  },
  "/settle/reject": async (req) => {
    await sleep(1);
    throw new Error(`secret ${parameter(req, "id")}`);
  },
  "/settle/reject-with-nothing": () => Promise.reject(),
  "/settle/throw-after-send": (req, res) => {
    res.send("sent");
    throw new Error(`secret ${parameter(req, "id")}`);
  },
  "/settle/throw-while-streaming": async (req, res) => {
    await res.start().write("some of it");
    throw new Error(`secret ${parameter(req, "id")}`);
  },
  "/settle/streaming": (_req, res) => {
    res.start().write("not ended by the handler");
  },
  "/settle/write-late": (req, res) => {
    const answer = res.start();
    answer.write("in time");
    writeLate(answer, "late").then((write) => reportOn(req, "outcome", { write }));
  },
  "/settle/send-late": (req, res) => {
    sleep(20).then(async () => {
      reportOn(req, "outcome", {
        send: await outcome(() => res.send("late")),
        start: await outcome(() => res.start()),
      });
    });
  },
  // Sets Content-Length, writes less, and does not call end().
  "/settle/short": (_req, res) => {
    res.headers.set("content-length", "10");
    res.start().write("12345");
  },
  "/settle/short-with-nothing": (_req, res) => {
    res.headers.set("content-length", "10");
  },
  "/settle/unread": (_req, res) => res.send("unread"),
};
