/** A handler that answers with what its thread's subscribers have made of the request. */
import { AsyncLocalStorage } from "node:async_hooks";
import { channel, subscribe } from "node:diagnostics_channel";
import type { Request, Response } from "../../mod.ts";
import type { ExchangeMessage } from "../../src/observe.ts";

const stores = new AsyncLocalStorage<string>();
const ended: string[] = [];
channel("handoff.request.start").bindStore(stores, (message) => (message as ExchangeMessage).request!.target);
subscribe("handoff.response.end", (message) => {
  const { request, record } = message as ExchangeMessage;
  ended.push(`${request?.target} ${record?.status}`);
});

export default async function handler(_req: Request, res: Response): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  await res.send(JSON.stringify({ store: stores.getStore(), ended }));
}
