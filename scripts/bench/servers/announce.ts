import process from "node:process";

/** The handler that the bench asks this server for: its first argument. */
export function wantedRoute<T>(routes: Record<string, T>): T {
  const name = process.argv[2] ?? "hello";
  const route = routes[name];
  if (route === undefined) throw new Error(`Cannot serve "${name}": there is no such route`);
  return route;
}

/** Whether that is an app, which is not loaded where it is not wanted. */
export function wantsApp(): boolean {
  return process.argv[2] === "app";
}

/** Tells the bench where the server listens, and ends the process with its standard input, so that none is left over. */
export function announce(port: number): void {
  process.stdin.on("end", () => process.exit(0));
  process.stdin.resume();
  console.log(JSON.stringify({ port }));
}
