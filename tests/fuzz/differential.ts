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

/** Holds Handoff against `node:http`. */
export class Differential implements AsyncDisposable {
  readonly #subject: Subject;
  readonly #node: NodeParser = new NodeParser();
  readonly #groups: Map<string, Disagreement> = new Map();
  /** Inputs that were compared. */
  compared = 0;

  private constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** Starts both. */
  static async start(): Promise<Differential> {
    return new Differential(await Subject.start());
  }

  /** Stops both. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#subject[Symbol.asyncDispose](), this.#node[Symbol.asyncDispose]()]);
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
      const [ours, [theirs]] = [await this.#ours(group.example), await this.#node.judge([group.example])];
      group.seen = `${JSON.stringify(ours.requests)} ${JSON.stringify(theirs!.requests)}`;
    }
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }

  async #reasons(inputs: readonly string[]): Promise<(string | null)[]> {
    const theirs = await this.#node.judge(inputs);
    const reasons: (string | null)[] = [];
    for (const [index, input] of inputs.entries()) {
      reasons.push(reasonOf(await this.#ours(input), theirs[index]!));
    }
    return reasons;
  }

  async #ours(input: string): Promise<NodeVerdict & { refusal: string | null }> {
    const delivery = { name: "whole", pieces: [bytesOf(input)], between: 0, window: 0 };
    return verdictOf(await this.#subject.run(delivery, "collect"));
  }
}

/** The same about this server as Node's process says about Node. */
function verdictOf({ received, calls }: Outcome): NodeVerdict & { refusal: string | null } {
  const requests = calls.filter(({ body }) => body !== null).map(({ method, target, body }) =>
    [method, target, body!.length] as const
  );
  const statuses = Array.from(received.matchAll(/^HTTP\/1\.1 (\d{3})/gm), ([, status]) => Number(status));
  const reason = /\r\ncontent-type: text\/plain\r\n[^]*?\r\n\r\n([^\n]*)\n?$/.exec(received)?.[1] ?? null;
  const refusal = reason === "" ? `a HEAD, with ${statuses.at(-1)}` : reason;
  return { requests, error: null, statuses, refusal };
}

/** Why the two do not see the same requests; `null` where they do. */
function reasonOf(ours: NodeVerdict & { refusal: string | null }, theirs: NodeVerdict): string | null {
  const length = Math.max(ours.requests.length, theirs.requests.length);
  for (let index = 0; index < length; index++) {
    const [our, their] = [ours.requests[index], theirs.requests[index]];
    if (JSON.stringify(our) === JSON.stringify(their)) continue;
    if (our === undefined) return `Handoff refuses: ${ours.refusal ?? "closes"}; Node takes it`;
    const error = theirs.error ?? (theirs.statuses.length > index ? `${theirs.statuses[index]}` : "closes");
    if (their === undefined) return `Handoff takes it; Node refuses: ${error}`;
    const part = our[0] !== their[0] ? "method" : our[1] !== their[1] ? "target" : "content";
    return `Both take a request, with another ${part}`;
  }
  return null;
}
