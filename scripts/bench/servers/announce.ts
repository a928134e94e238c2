import process from "node:process";

/** Returns the handler for this server: the route in the first argument. */
export function wantedRoute<T>(routes: Record<string, T>): T {
  const name = process.argv[2] ?? "hello";
  const route = routes[name];
  if (route === undefined) throw new Error(`Cannot serve "${name}": there is no such route`);
  return route;
}

/** Checks whether the route is an app, whose package is loaded only if required. */
export function wantsApp(): boolean {
  return process.argv[2] === "app";
}

/**
 * Reports the port to the bench, and ends the process when standard input ends, so that no process is left
 * behind.
 */
export function announce(port: number): void {
  process.stdin.on("end", () => process.exit(0));
  process.stdin.resume();
  console.log(JSON.stringify({ port }));
}
