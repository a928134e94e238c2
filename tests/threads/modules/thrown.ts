import { ConnectionClosedError, type HandlerFunction } from "../../../mod.ts";

function cyclic(): Error {
  const error = new Error("its own cause");
  return Object.assign(error, { cause: error });
}

function withGetters(): Error {
  return Object.defineProperty(new RangeError(), "message", {
    get() {
      throw new Error("a getter of its own");
    },
  });
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** What a handler throws, by the path that it is asked for. */
const THROWN: Readonly<Record<string, () => unknown>> = {
  "/dom": () => new DOMException("thrown as it is", "DataError"),
  "/atob": () => atob("\u2603"),
  "/frozen": () => Object.freeze(new TypeError("frozen")),
  "/getters": withGetters,
  "/cyclic": cyclic,
  "/many": () => new AggregateError(Array.from({ length: 1000 }, (_, i) => new Error(`error ${i}`)), "many"),
  "/closed": () => new ConnectionClosedError("closed", { cause: new RangeError("a reset") }),
  "/revoked": revoked,
  "/undefined": () => undefined,
};

const handler: HandlerFunction = async (req) => {
  if (req.uri.path === "/timeout") await Promise.reject(await aborted(AbortSignal.timeout(1)));
  throw THROWN[req.uri.path]?.();
};
export default handler;

async function aborted(signal: AbortSignal): Promise<unknown> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return signal.reason;
}
