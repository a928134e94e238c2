import type { HandlerFunction } from "../../../mod.ts";

/** The value of an attempt, or that it throws. */
async function found(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch {
    return "throws";
  }
}

const handler: HandlerFunction = async (_req, res) => {
  const all = {
    fetch: await found(async () => (await fetch("/etc/hostname")).status),
    redirect: await found(() => Response.redirect("/login").headers.get("location")),
    request: await found(() => new Request("/login").url),
    imported: await found(async () => typeof (await import("./function.ts")).default),
    module: import.meta.url,
  };
  return res.send(JSON.stringify(all));
};
export default handler;
