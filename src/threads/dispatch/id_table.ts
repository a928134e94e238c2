/** Number of slots: a power of two. */
const SLOTS = 1024;

/**
 * Items that are under way, by numbers that are given out one after another and only once: a late message
 * about an item that is over reaches no other.
 *
 * Not a `Map`, for the reason that `IntrusiveSet` is not a `Set`: V8's collections of young objects would
 * take several times as long on a thread that dispatches.
 */
export class IdTable<T extends object> {
  /** Each item has the slot that is the remainder of its number. */
  readonly #items: (T | null)[] = new Array(SLOTS).fill(null);
  readonly #numbers: number[] = new Array(SLOTS).fill(-1);
  /** Items that have been under way for so long that a later one needed their slot. */
  readonly #old = new Map<number, T>();
  #recent = 0;

  /** Number of items. */
  get size(): number {
    return this.#recent + this.#old.size;
  }

  /** Adds an item under a number that none has had. */
  set(number: number, item: T): void {
    const slot = slotOf(number);
    const before = this.#items[slot]!;
    if (before === null) this.#recent++;
    else this.#old.set(this.#numbers[slot]!, before);
    this.#items[slot] = item;
    this.#numbers[slot] = number;
  }

  /** The item with a number, if it is still there. */
  get(number: number): T | null {
    const slot = slotOf(number);
    if (this.#numbers[slot] === number) return this.#items[slot]!;
    return this.#old.size === 0 ? null : this.#old.get(number) ?? null;
  }

  /** Removes an item, if it is still there. */
  remove(number: number): void {
    const slot = slotOf(number);
    if (this.#numbers[slot] !== number) {
      this.#old.delete(number);
    } else if (this.#items[slot] !== null) {
      this.#items[slot] = null;
      this.#recent--;
    }
  }

  /** A copy of the items, in no order. */
  all(): T[] {
    return [...this.#old.values(), ...this.#items.filter((item) => item !== null)];
  }

  /** Removes all items, and returns them in no order. */
  removeAll(): T[] {
    const all = this.all();
    this.#old.clear();
    this.#items.fill(null);
    this.#recent = 0;
    return all;
  }
}

function slotOf(number: number): number {
  return number & (SLOTS - 1);
}
