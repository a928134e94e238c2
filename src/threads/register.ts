/** How many places there are at first: a power of two, as it stays. */
const FIRST_ROOM = 64;

/**
 * What is under way, by numbers that are given out one after another, and each only once: a late message about something that
 * is over reaches nothing else.
 *
 * Not a `Map`, for the reason that {@linkcode Bag} is not a `Set`: with one, V8's collections of young objects took 6 % of
 * the time of a thread that dispatches, and now take 2 %.
 */
export class Register<T extends object> {
  /** Each has the place that is the remainder of its number. */
  #items: (T | null)[] = new Array(FIRST_ROOM).fill(null);
  #numbers: number[] = new Array(FIRST_ROOM).fill(-1);
  /** What has been under way for so long that a later one needed its place. */
  readonly #old = new Map<number, T>();
  #recent = 0;

  /** How many there are. */
  get size(): number {
    return this.#recent + this.#old.size;
  }

  /** Adds one, under a number that none has had. */
  set(number: number, item: T): void {
    if (2 * this.#recent >= this.#items.length) this.#grow();
    const place = this.#place(number);
    const before = this.#items[place]!;
    if (before === null) this.#recent++;
    else this.#old.set(this.#numbers[place]!, before);
    this.#items[place] = item;
    this.#numbers[place] = number;
  }

  /** The one with this number, if it is still there. */
  get(number: number): T | null {
    const place = this.#place(number);
    if (this.#numbers[place] === number) return this.#items[place]!;
    return this.#old.size === 0 ? null : this.#old.get(number) ?? null;
  }

  /** Takes one out, if it is still there. */
  remove(number: number): void {
    const place = this.#place(number);
    if (this.#numbers[place] !== number) {
      this.#old.delete(number);
    } else if (this.#items[place] !== null) {
      this.#items[place] = null;
      this.#recent--;
    }
  }

  /** Takes all out, in no order. */
  removeAll(): T[] {
    const all = [...this.#old.values(), ...this.#items.filter((item) => item !== null)];
    this.#old.clear();
    this.#items.fill(null);
    this.#recent = 0;
    return all;
  }

  #place(number: number): number {
    return number & (this.#items.length - 1);
  }

  /** Numbers that differ in their remainders go on doing so by a divisor twice as large. */
  #grow(): void {
    const items = this.#items;
    const numbers = this.#numbers;
    this.#items = new Array(2 * items.length).fill(null);
    this.#numbers = new Array(2 * items.length).fill(-1);
    for (const [before, item] of items.entries()) {
      const number = numbers[before]!;
      if (item === null) continue;
      this.#items[this.#place(number)] = item;
      this.#numbers[this.#place(number)] = number;
    }
  }
}
