/** `true` for the same type twice, `readonly` and optional members included, and `false` for any other two. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles where `Is` is `true`: `same<Same<keyof Thing, "a" | "b">>()`. */
export function same<Is extends true>(_is?: Is): void {}
