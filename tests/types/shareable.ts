// Shareable: values that threads can share, like hyper's Sync.

import { perThread } from "../../src/threads/per_thread.ts";
import type { ModuleOptions } from "../../src/threads/handle_options.ts";
import { type Same, same } from "../support/types.ts";

declare function share<State>(options: ModuleOptions<State>): State;

const memory = new SharedArrayBuffer(64);
const callback = (): void => {};

// Shared memory, created in place or before, and without a type annotation.
same<
  Same<
    ReturnType<typeof share<{ hits: BigInt64Array<SharedArrayBuffer> }>>,
    { hits: BigInt64Array<SharedArrayBuffer> }
  >
>();
const { hits } = share({ state: { hits: new BigInt64Array(new SharedArrayBuffer(8)) } });
same<Same<typeof hits, BigInt64Array<SharedArrayBuffer>>>();
share({ state: memory });
share({ state: new Int32Array(memory) });
share({ state: { memory, views: [new Uint8Array(memory), new Float64Array(memory, 8, 2)] } });
share({ state: { bytes: new Uint8ClampedArray(memory), halves: new Float16Array(memory) } });
share({ state: new DataView(memory) });

// Plain data.
share({});
share({ state: undefined });
share({ state: null });
share({ state: "text" });
share({ state: 1 });
share({ state: 1n });
share({ state: true });
share({ state: [1, "two", [3n, null]] });
share({ state: { name: "Ada", address: { street: "Main", numbers: [1, 2] }, nickname: undefined } });
share({ state: ["GET", "POST"] as const });
share({ state: { routes: Object.freeze(["/", "/tea"]), limits: Object.freeze({ bytes: 10 }) } });

interface Settings {
  greeting: string;
  readonly ports: readonly number[];
  retries?: number;
  mode: "fast" | "safe" | null;
}
interface Tree {
  readonly value: number;
  readonly children: readonly Tree[];
}
type Branded = string & { readonly brand: "id" };
declare const settings: Settings;
declare const tree: Tree;
declare const id: Branded;
declare const record: Record<string, number | readonly string[]>;
share({ state: settings });
share({ state: tree });
share({ state: { id, record } });
share({ state: { settings, tree, hits: new BigInt64Array(memory) } });

// A union of plain data.
type Shape = { kind: "circle"; radius: number } | { kind: "square"; side: bigint };
type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
declare const name: string | number;
declare const list: string[] | readonly number[];
declare const shape: Shape;
declare const maybe: Settings | "none" | null;
declare const json: Json;
share({ state: name });
share({ state: list });
share({ state: shape });
share({ state: maybe });
share({ state: json });
share({ state: { name, list, shape, maybe, json } });
same<Same<ReturnType<typeof share<Shape>>, Shape>>();
const shared = share({ state: shape });
same<Same<typeof shared, Shape>>();

// The state of a factory has the type of the state that was passed to handle().
perThread<{ hits: BigInt64Array<SharedArrayBuffer> }>(({ state, thread }) => {
  same<Same<typeof state.hits, BigInt64Array<SharedArrayBuffer>>>();
  same<Same<typeof thread, number>>();
  return (_req, res) => res.send(`${Atomics.add(state.hits, 0, 1n)}`);
});
perThread(({ state, thread }) => {
  same<Same<typeof state, undefined>>();
  return { handle: (_req, res) => res.send(`${thread}`) };
});
perThread(async () => await Promise.resolve((_req, res) => res.send()));

// @ts-expect-error TS2322 SharedArrayBuffer: Each thread would count in a copy of its own
share({ state: { hits: new BigInt64Array(8) } });
// @ts-expect-error TS2322 ArrayBufferView<SharedArrayBuffer>: Its memory is this thread's
share({ state: { list: [new Int32Array(8)] } });
// @ts-expect-error TS2322 ArrayBufferView<SharedArrayBuffer>: Its memory is this thread's
share({ state: new DataView(new ArrayBuffer(8)) });
declare const either: Uint8Array;
// @ts-expect-error TS2322 ArrayBufferView<SharedArrayBuffer>: Its memory may be this thread's
share({ state: { either } });
// @ts-expect-error TS2322 SharedArrayBuffer: Its memory is this thread's
share({ state: { memory: new ArrayBuffer(8) } });
// @ts-expect-error TS2322 function: What it captured stays here
share({ state: callback });
// @ts-expect-error TS2322 function: What it captured stays here
share({ state: { users: [{ name: () => "Ada" }] } });
// @ts-expect-error TS2322 function: It may be one
share({ state: { callback: Math.random() > 0.5 ? callback : null } });
// @ts-expect-error TS2322 symbol: Another thread has other symbols
share({ state: { key: Symbol("key") } });
// @ts-expect-error TS2322 Date: A number can be shared
share({ state: { since: new Date() } });
// @ts-expect-error TS2322 RegExp: Its source can be shared
share({ state: [/tea/] });
// @ts-expect-error TS2322 Map: Its entries can be shared
share({ state: { users: new Map([["ada", 1]]) } });
// @ts-expect-error TS2322 Set: Its elements can be shared
share({ state: { users: new Set(["ada"]) } });
// @ts-expect-error TS2322 promise: What it resolves to can be shared
share({ state: { later: Promise.resolve(1) } });
// @ts-expect-error TS2322 function: It is on this thread
share({ state: { port: new MessageChannel().port1 } });
// @ts-expect-error TS2322 function: Its name can be shared
share({ state: { channel: new BroadcastChannel("paths") } });

class Counter {
  count = 0;
  increment(): void {
    this.count++;
  }
}
// @ts-expect-error TS2322 function: A copy has no methods
share({ state: new Counter() });
// @ts-expect-error TS2322 function: A copy has no methods
share({ state: { counter: new Counter() } });
// @ts-expect-error TS2322 class: It is a function
share({ state: { Counter } });
declare const mixed: { kind: "list"; list: string[] } | { kind: "map"; map: Map<string, number> };
// @ts-expect-error TS2322 Map: It may be one
share({ state: mixed });
declare const text: string | (() => string);
// @ts-expect-error TS2322 function: It may be one
share({ state: text });
class List extends Array<number> {
  sum(): number {
    return this.reduce((sum, number) => sum + number, 0);
  }
}
// @ts-expect-error TS2322 subclass: A copy is an array and nothing more
share({ state: { numbers: new List() } });
declare const pair: readonly [number, Date?];
// @ts-expect-error TS2375 Date: Its second element may be one
share({ state: { pair } });
declare const unknown: unknown;
// @ts-expect-error TS2322 unknown: It may be anything
share({ state: unknown });

// @ts-expect-error TS2322 string: A factory makes handlers
perThread(() => "Hello, World!");
// @ts-expect-error TS2353 handle: A handler is no factory
perThread({ handle: () => {} });
// @ts-expect-error TS2339 hits: The state has a type
perThread<{ misses: number }>(({ state }) => (_req, res) => res.send(`${state.hits}`));
// @ts-expect-error TS2540 state: A thread does not choose its state
perThread<{ hits: number }>((context) => (context.state = { hits: 1 }, () => {}));
