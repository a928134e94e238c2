import { bytesOf } from "../conformance/vectors.ts";
import { NodeParser, type NodeVerdict } from "./node_client.ts";
import { shrink } from "./shrink.ts";
import { type Outcome, Subject } from "./subject.ts";

/** Inputs that Handoff and `node:http` disagree on for the same reason. */
export interface Disagreement {
  /** What each of the two says. */
  readonly reason: string;
  /** How many inputs. */
  count: number;
  /** The shortest of them, made as small as it can be. */
  example: string;
  /** The requests that each saw in the example. */
  seen: string;
}

/** The requests, and the words with which the last one was refused. */
interface OwnVerdict extends Pick<NodeVerdict, "requests"> {
  readonly refusal: string | null;
}

/** How many cases run at once, because each waits for turns of the event loop. */
const AT_ONCE = 50;

/** Holds Handoff against `node:http`. */
export class Differential implements AsyncDisposable {
  readonly #subjects: readonly Subject[];
  readonly #node: NodeParser = new NodeParser();
  readonly #groups: Map<string, Disagreement> = new Map();
  /** Inputs that were compared. */
  compared = 0;

  private constructor(subjects: readonly Subject[]) {
    this.#subjects = subjects;
  }

  /** Starts both. */
  static async start(): Promise<Differential> {
    return new Differential(await Promise.all(Array.from({ length: AT_ONCE }, () => Subject.start())));
  }

  /** Stops both. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#subjects, this.#node].map((one) => one[Symbol.asyncDispose]()));
  }

  /** Compares what the two make of some inputs. */
  async compare(inputs: readonly string[]): Promise<void> {
    this.compared += inputs.length;
    for (const [index, reason] of (await this.#reasons(inputs)).entries()) {
      if (reason === null) continue;
      const example = inputs[index]!;
      const group = this.#groups.get(reason);
      if (group === undefined) this.#groups.set(reason, { reason, count: 1, example, seen: "" });
      else {
        group.count++;
        if (example.length < group.example.length) group.example = example;
      }
    }
  }

  /** All disagreements, with an example each that is as small as it can be; the most frequent first. */
  async disagreements(): Promise<Disagreement[]> {
    for (const group of this.#groups.values()) {
      group.example = await shrink(group.example, async (candidates) => {
        return (await this.#reasons(candidates)).map((reason) => reason === group.reason);
      });
      const [[ours], [theirs]] = [await this.#ours([group.example]), await this.#node.judge([group.example])];
      group.seen = `${JSON.stringify(ours!.requests)} ${JSON.stringify(theirs!.requests)}`;
    }
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }

  async #reasons(inputs: readonly string[]): Promise<(string | null)[]> {
    const [theirs, ours] = await Promise.all([this.#node.judge(inputs), this.#ours(inputs)]);
    return inputs.map((_, index) => reasonOf(ours[index]!, theirs[index]!));
  }

  async #ours(inputs: readonly string[]): Promise<OwnVerdict[]> {
    const verdicts: OwnVerdict[] = [];
    const queue = inputs.entries();
    await Promise.all(this.#subjects.map(async (subject) => {
      for (const [index, input] of queue) {
        const delivery = { name: "whole", pieces: [bytesOf(input)], between: "nothing", window: 0 } as const;
        verdicts[index] = verdictOf(await subject.run(delivery, "collect"));
      }
    }));
    return verdicts;
  }
}

/** The same about this server as Node's process says about Node. */
function verdictOf({ received, calls }: Outcome): OwnVerdict {
  const requests = calls.filter(({ body }) => body !== null).map(({ method, target, body }) =>
    [method, target, body!.length] as const
  );
  const reason = /\r\ncontent-type: text\/plain\r\n[^]*?\r\n\r\n([^\n]*)\n?$/.exec(received)?.[1] ?? null;
  const refusal = reason === "" ? "a HEAD, which is not told why" : reason;
  return { requests, refusal };
}

/** Why the two do not see the same requests; `null` where they do. */
function reasonOf(ours: OwnVerdict, theirs: NodeVerdict): string | null {
  const length = Math.max(ours.requests.length, theirs.requests.length);
  for (let index = 0; index < length; index++) {
    const [our, their] = [ours.requests[index], theirs.requests[index]];
    if (JSON.stringify(our) === JSON.stringify(their)) continue;
    if (our === undefined) {
      return ours.refusal === null
        ? "Handoff sees no more; Node takes it"
        : `Handoff refuses: ${ours.refusal}; Node takes it`;
    }
    if (their === undefined) {
      return theirs.error === null
        ? "Handoff takes it; Node sees no more"
        : `Handoff takes it; Node refuses: ${theirs.error}`;
    }
    const part = our[0] !== their[0] ? "method" : our[1] !== their[1] ? "target" : "content";
    const offer = index === theirs.upgrade ? " that offers an upgrade" : "";
    return `Both take a request${offer}, with another ${part}`;
  }
  return null;
}

/** The reasons that the table in `README.md` explains. */
export function explainedReasons(): Set<string> {
  const text = Deno.readTextFileSync(new URL("README.md", import.meta.url));
  return new Set(Array.from(text.matchAll(/^\| `([^`]+)` +\| .+ \|$/gm), ([, reason]) => reason!));
}
