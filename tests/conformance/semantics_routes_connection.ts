import { type FreshResponse, gate, log, nameOf, type Routes } from "./semantics_journal.ts";

const KIB_64 = new Uint8Array(65536).fill(0x7a);

/** Routes for the lifetime of the connection. */
export const connectionRoutes: Routes = {
  "/upgrade": async (_req, res, id) => {
    if (id !== "") {
      log(id, "called");
      await gate(id).promise;
    }
    await echoRaw(res);
  },
  "/late-decline": async (_req, res, id) => {
    log(id, "called");
    await gate(id).promise;
    res.send("declined");
  },
  "/never-offered": async (_req, res, id) => {
    log(id, await res.upgrade().then(() => "done", nameOf));
    res.send("declined");
  },

  "/signal": async (req, res, id) => {
    const aborted = new Promise<void>((resolve) => {
      req.signal.addEventListener("abort", () => {
        log(id, `aborted ${nameOf(req.signal.reason)}`);
        resolve();
      });
    });
    log(id, "called");
    await aborted;
    const streaming = res.start();
    await streaming.write("nobody").then(
      () => log(id, "written"),
      (error) => log(id, `write ${nameOf(error)}`),
    );
  },
  "/signal-after": (req, res, id) => {
    req.signal.addEventListener("abort", () => log(id, "aborted"));
    log(id, "called");
    res.send("fine");
  },
  "/signal-after-body": async (req, res, id) => {
    req.signal.addEventListener("abort", () => log(id, "aborted"));
    res.send(await req.bytes());
    log(id, "answered");
  },
  "/read-stream": async (req, res, id) => {
    log(id, "called");
    try {
      let size = 0;
      for await (const chunk of req.body) {
        if (size === 0) log(id, "first bytes");
        size += chunk.length;
      }
      log(id, `read ${size}`);
      res.send(String(size));
    } catch (error) {
      log(id, nameOf(error));
    }
  },
  "/flood": async (req, res, id) => {
    req.signal.addEventListener("abort", () => log(id, "aborted"));
    log(id, "called");
    const streaming = res.start();
    let written = 0;
    try {
      for (; written < 1 << 30; written += KIB_64.length) {
        await streaming.write(KIB_64);
        log(`${id}-size`, String(written));
      }
    } catch (error) {
      log(id, `write ${nameOf(error)}`);
    }
  },
  "/big": async (_req, res) => {
    const streaming = res.start();
    for (let at = 0; at < 32; at++) await streaming.write(KIB_64);
  },
  "/pulled": (_req, res, id) => {
    log(id, "called");
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        log(`${id}-pulls`, "pull");
        controller.enqueue(KIB_64);
      },
      cancel: () => log(id, "cancelled"),
    }, { highWaterMark: 0 });
    return res.send(body).catch((error) => log(id, nameOf(error)));
  },
};

/** Handlers of CONNECT by port. */
export const tunnels: Routes = {
  "1": () => {},
  "2": (_req, res) => echoRaw(res),
  "3": (_req, res) => res.send("a success with content"),
  "4": (_req, res) => {
    res.status = 403;
    res.send("no");
  },
  "5": (_req, res) => void res.start(),
};

async function echoRaw(res: FreshResponse): Promise<void> {
  const { readable, writable } = await res.upgrade();
  await readable.pipeTo(writable);
}
