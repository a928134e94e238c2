/** The handler of the rolling drill: a greeting for GET, and for POST the size and a checksum of the content. */
import type { Fresh, Request, Response } from "../../mod.ts";
import { checksum } from "./checksum.ts";

export default async (req: Request, res: Response<Fresh>): Promise<void> => {
  if (req.method === "GET") return void await res.send("Hello, World!");
  const content = await req.bytes();
  // A response that takes a while, so that some are in flight whenever a server is told to end.
  await new Promise((resolve) => setTimeout(resolve, 5));
  await res.send(`${content.length} ${checksum(content)}`);
};
