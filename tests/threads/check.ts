import type { Listening } from "../../mod.ts";
import type { Way } from "./ways.ts";

/** Something that is checked within a runtime. */
export interface Check {
  readonly name: string;
  /** Whether it is the same in every way, so that one is enough. */
  readonly anyWay?: boolean;
  run(way: Way): Promise<void>;
}

/** The URL of a module in `modules/`. */
export function moduleUrl(name: string): URL {
  return new URL(`./modules/${name}`, import.meta.url);
}

/** Where a server listens. */
export function portOf(listening: Listening): number {
  return (listening.address as { port: number }).port;
}
