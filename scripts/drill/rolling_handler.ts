/** The handler of the rolling drill: a greeting for GET, and size and checksum of the content for POST. */
import type { Fresh, Request, Response } from "../../mod.ts";
import { checksum } from "./checksum.ts";

export default async (req: Request, res: Response<Fresh>): Promise<void> => {
  if (req.method === "GET") return void await res.send("Hello, World!");
  const content = await req.bytes();
  // The delay makes it likely that responses are in progress when a server has to end.
  await new Promise((resolve) => setTimeout(resolve, 5));
  await res.send(`${content.length} ${checksum(content)}`);
};
