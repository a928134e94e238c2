/** A member of an {@linkcode IntrusiveSet}, which stores its own index in the set. */
export interface SetMember {
  /** Index in the set, written by the set only; -1 while the member is in no set. */
  index: number;
}

/**
 * An unordered set for members that are added and removed frequently.
 *
 * A `Set` would leak memory between full garbage collections: each outgrown table of a `Set` refers to the
 * next, and once V8 has promoted one table to the old generation, all later tables survive collections of the
 * young generation, with every member that they once held.
 */
export class IntrusiveSet<T extends SetMember> {
  readonly #members: T[] = [];

  /** Number of members. */
  get size(): number {
    return this.#members.length;
  }

  /** Adds a member that is in no set. */
  add(member: T): void {
    member.index = this.#members.length;
    this.#members.push(member);
  }

  /** Removes a member, if it is in this set. */
  remove(member: T): void {
    if (this.#members[member.index] !== member) return;
    const last = this.#members.pop()!;
    if (last !== member) {
      last.index = member.index;
      this.#members[member.index] = last;
    }
    member.index = -1;
  }

  /** Copies the current members to an array. */
  all(): readonly T[] {
    return [...this.#members];
  }
}
