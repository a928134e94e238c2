import { RawClient, type RawResponse } from "../behaviour/raw_client.ts";

/** A request for a file. */
export interface FileRequest {
  /** The way of `files_server.ts` to serve it. */
  readonly variant: string;
  /** As it is sent, whatever it is. */
  readonly target: string;
  readonly method?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** The head of a request for a file. */
export function headOf({ variant, target, method = "GET", fields = {} }: FileRequest): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\nHost: ${variant}\r\n${lines.join("")}\r\n`;
}

/** Sends a request over a connection, which stays open, and reads the response. */
export async function ask(client: RawClient, request: FileRequest): Promise<RawResponse> {
  await client.send(headOf(request));
  return await client.readResponse(request.method);
}

/** Sends a request over a connection of its own. */
export async function askOnce(port: number, request: FileRequest): Promise<RawResponse> {
  using client = await RawClient.connect(port);
  return await ask(client, request);
}
