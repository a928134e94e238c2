import { connect } from "node:net";

/** A GET over a connection of its own, for programs that run on every runtime: its content. */
export function ask(address: number | string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const to = typeof address === "number" ? { host: "127.0.0.1", port: address } : { path: address };
    const socket = connect(to);
    let text = "";
    socket.setEncoding("latin1");
    socket.on("error", reject);
    socket.on("data", (piece: string) => void (text += piece));
    socket.on("close", () => {
      const at = text.indexOf("\r\n\r\n");
      if (at === -1) reject(new Error(`The connection ended after ${JSON.stringify(text)}`));
      else resolve(text.slice(at + 4));
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  });
}

/** Sends GETs over one connection, all at once, and reads every answer; they are to be empty. */
export function askMany(port: number, paths: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    let text = "";
    socket.setEncoding("latin1");
    socket.on("error", reject);
    socket.on("data", (piece: string) => void (text += piece));
    socket.on("close", () => {
      const answers = text.split("HTTP/1.1 200 OK\r\n").length - 1;
      if (answers === paths.length) resolve();
      else reject(new Error(`${answers} answers to ${paths.length} requests`));
    });
    const requests = paths.map((path, i) => {
      const last = i === paths.length - 1 ? "Connection: close\r\n" : "";
      return `GET ${path} HTTP/1.1\r\nHost: a\r\n${last}\r\n`;
    });
    socket.write(requests.join(""));
  });
}

/**
 * Sends GETs over one connection, each once the one before has been answered; the answers are to be empty.
 */
export function askEach(port: number, paths: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    let text = "";
    let answers = 0;
    const next = () => socket.write(`GET ${paths[answers]} HTTP/1.1\r\nHost: a\r\n\r\n`);
    socket.setEncoding("latin1");
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`The connection ended after ${answers} answers`)));
    socket.on("data", (piece: string) => {
      text += piece;
      if (!text.endsWith("\r\n\r\n")) return;
      text = "";
      if (++answers < paths.length) return void next();
      socket.destroy();
      resolve();
    });
    next();
  });
}
