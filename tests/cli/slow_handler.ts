import type { HandlerFunction } from "../../mod.ts";

/** Answers `/slow?<milliseconds>` that much later, and tells that it has begun; everything else at once. */
const handler: HandlerFunction = async (req, res) => {
  const { path, query } = req.uri;
  if (path === "/slow") {
    res.sendInformational(103);
    await new Promise((resolve) => setTimeout(resolve, Number(query)));
  }
  return res.send(`answer to ${path}\n`);
};

export default handler;
