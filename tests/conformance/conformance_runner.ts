import { cut, type Delivery, WHOLE } from "./deliveries.ts";
import { bytesToSend, comparable, forbidsSentinel, judge, type Transcript } from "./judge.ts";
import type { ParsedResponse } from "./strict_client.ts";
import type { Case, Group, LoadedVector } from "./vectors.ts";

/** Something that vectors are sent to: a column of a table. */
export interface Column {
  readonly name: string;
  /** Runs the cases of a vector and returns their final responses. */
  check(vector: LoadedVector): Promise<ParsedResponse[]>;
  /** Ends what the column started; fails if that did not end in order. */
  stop(): Promise<void>;
}

/** How many vectors of each group passed. */
export type Counts = Map<Group, number>;

/** Vectors are looked at one by one, but run ahead of that. */
const OPTIONS = { sanitizeOps: false, sanitizeResources: false };

/**
 * Registers a test for each vector, and one for the end.
 *
 * @param ahead How many vectors are under way at a time.
 * @param onPassed Is told of each vector that passed.
 * @returns What is counted as the tests pass.
 */
export function registerColumn(
  column: Column,
  groups: readonly Group[],
  ahead: number,
  onPassed: (vector: LoadedVector, finals: readonly ParsedResponse[]) => void,
): Counts {
  const counts: Counts = new Map();
  const vectors = groups.flatMap((group) => group.vectors.map((vector) => ({ group, vector })));
  const results = readAhead(vectors.length, ahead, (index) => column.check(vectors[index]!.vector));
  vectors.forEach(({ group, vector }, index) =>
    Deno.test({
      name: `conformance: ${group.title}: ${vector.name} (${column.name})`,
      ...OPTIONS,
      fn: async () => {
        onPassed(vector, await results(index));
        counts.set(group, (counts.get(group) ?? 0) + 1);
      },
    })
  );
  Deno.test({
    name: `conformance: the server ends in order (${column.name})`,
    ...OPTIONS,
    fn: () => column.stop(),
  });
  return counts;
}

/** Sends bytes in pieces to a server, and returns what came back. */
export type Exchange = (pieces: readonly Uint8Array[]) => Promise<Transcript>;

/**
 * Sends a case whole, which has to get what it expects, and in other deliveries, which have to get the same.
 *
 * @param deliveries The others, for the number of bytes of the case with all that is sent behind it.
 * @returns The final responses.
 * @throws {Error} Naming the byte, the delivery and the difference.
 */
export async function runCase(
  vector: LoadedVector,
  one: Case,
  exchange: Exchange,
  deliveries: (length: number) => readonly Delivery[],
): Promise<ParsedResponse[]> {
  const bytes = bytesToSend(vector, one);
  const whole = await exchange([bytes]);
  const finals = naming(one, WHOLE, () => judge(vector, one, whole));
  const expected = comparable(vector, one, finals);
  for (const delivery of deliveries(bytes.length)) {
    const transcript = await exchange(cut(bytes, delivery.cuts));
    if (transcript.end === whole.end && transcript.received === whole.received) continue;
    naming(one, delivery, () => {
      const answers = comparable(vector, one, judge(vector, one, transcript));
      if (answers !== expected) {
        throw new Error(`Other answers than to the whole: ${JSON.stringify(answers.slice(0, 600))}`);
      }
    });
  }
  return finals;
}

function naming<T>(one: Case, delivery: Delivery, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const byte = one.byte === "" ? "" : `${one.byte}, `;
    throw new Error(`${byte}sent ${delivery.name}: ${(error as Error).message}`);
  }
}

/**
 * That an answer is missing does not prove that nobody acted on the request: the handler is asked.
 *
 * @param reached The sentinels that got to the handler.
 * @throws {Error} If one did that must not.
 */
export function assertSentinels(vector: LoadedVector, reached: ReadonlySet<number>): void {
  for (const one of vector.cases) {
    if (reached.has(one.id) && forbidsSentinel(vector, one)) {
      throw new Error(`The sentinel reached the handler ${one.byte}`);
    }
  }
}

/** Lets at most `limit` tasks run at a time. */
export function limiter(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

/**
 * Runs tasks in order, each when it is first asked for or shortly before: `ahead` of them are under way at a time.
 *
 * @param count How many tasks there are.
 * @param run Starts one.
 */
export function readAhead<T>(
  count: number,
  ahead: number,
  run: (index: number) => Promise<T>,
): (index: number) => Promise<T> {
  const started: Promise<T>[] = [];
  return (index) => {
    for (let next = index; next < Math.min(count, index + ahead); next++) {
      if (started[next] !== undefined) continue;
      started[next] = run(next);
      // It is looked at when its turn comes.
      started[next]!.catch(() => {});
    }
    return started[index]!;
  };
}
