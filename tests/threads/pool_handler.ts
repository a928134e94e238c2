/** The handler module of the tests of threads: what it does to its thread is up to the client. */
import process from "node:process";
import { type ExpectingHead, type Handler, perThread } from "../../mod.ts";
import { count, counted, type PoolState, type Route } from "./pool_state.ts";
import { crashRoutes } from "./routes_crash.ts";
import { flowRoutes } from "./routes_flow.ts";

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const plainRoutes: Readonly<Record<string, Route>> = {
  "/": (_req, res) => res.send("Hello, World!"),
  "/thread": async (req, res, { thread }) => {
    if (req.uri.query !== null) await sleep(Number(req.uri.query));
    res.send(String(thread));
  },
  "/throw": () => {
    throw new Error("thrown by the handler");
  },
  "/status": (req, res) => {
    res.status = Number(req.uri.query);
  },
  // Holds the thread, without taking a core from the others.
  "/block": (req, res) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(req.uri.query));
    res.send("unblocked");
  },
  "/wait": async (req, res) => {
    await sleep(Number(req.uri.query));
    res.send("waited");
  },
  "/hold": async (req, res, { state }) => {
    const gone = new Promise((resolve) => req.signal.addEventListener("abort", resolve));
    count(state, "held");
    await gone;
    count(state, "aborted");
    res.send("nobody is there");
  },
};

const ROUTES = new Map<string, Route>(Object.entries({ ...plainRoutes, ...crashRoutes, ...flowRoutes }));

export default perThread<PoolState>(async (context): Promise<Handler> => {
  const { state } = context;
  count(state, "started");
  if (counted(state, "startTime") > 0) await sleep(counted(state, "startTime"));
  if (counted(state, "failing") !== 0) throw new RangeError("The factory was told to fail");
  if (counted(state, "lifetime") > 0) setTimeout(() => process.exit(7), counted(state, "lifetime"));
  return {
    handle(req, res) {
      count(state, "handled");
      const route = ROUTES.get(req.method === "CONNECT" ? "CONNECT" : req.uri.path);
      if (route !== undefined) return route(req, res, context);
      res.status = 404;
    },
    checkContinue(head: ExpectingHead): number {
      count(state, "checked");
      return head.uri.path === "/refused" ? 413 : 100;
    },
    onConnectionStart: () => count(state, "connectionStarts"),
    onConnectionEnd: () => count(state, "connectionEnds"),
  };
});
