/** A member of an {@linkcode IntrusiveSet}, which keeps its own index there. */
export interface SetMember {
  /** Index in the set, which alone writes it; -1 while the member is in none. */
  index: number;
}

/**
 * A set in no order, for members that come and go all the time.
 *
 * Not a `Set`: each table that a `Set` has filled points to the next, and once V8 has moved one to the old objects, all later
 * tables outlive its collections of young objects, with everything that passed through them.
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

  /** A copy of the members as they are now. */
  all(): readonly T[] {
    return [...this.#members];
  }
}
