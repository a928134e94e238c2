/** How many places there are: a power of two. */
const ROOM = 1024;

/**
 * What is under way, by numbers that are given out one after another, and each only once: a late message about something that
 * is over reaches nothing else.
 *
 * Not a `Map`, for the reason that {@linkcode Bag} is not a `Set`: with one, V8's collections of young objects took 6 % of
 * the time of a thread that dispatches, and now take 2 %.
 */
export class Register<T extends object> {
  /** Each has the place that is the remainder of its number. */
  readonly #items: (T | null)[] = new Array(ROOM).fill(null);
  readonly #numbers: number[] = new Array(ROOM).fill(-1);
  /** What has been under way for so long that a later one needed its place. */
  readonly #old = new Map<number, T>();
  #recent = 0;

  /** How many there are. */
  get size(): number {
    return this.#recent + this.#old.size;
  }

  /** Adds one, under a number that none has had. */
  set(number: number, item: T): void {
    const place = placeOf(number);
    const before = this.#items[place]!;
    if (before === null) this.#recent++;
    else this.#old.set(this.#numbers[place]!, before);
    this.#items[place] = item;
    this.#numbers[place] = number;
  }

  /** The one with this number, if it is still there. */
  get(number: number): T | null {
    const place = placeOf(number);
    if (this.#numbers[place] === number) return this.#items[place]!;
    return this.#old.size === 0 ? null : this.#old.get(number) ?? null;
  }

  /** Takes one out, if it is still there. */
  remove(number: number): void {
    const place = placeOf(number);
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
}

function placeOf(number: number): number {
  return number & (ROOM - 1);
}
