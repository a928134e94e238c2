/** `true` if two types are identical, including `readonly` and optional members; otherwise `false`. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles if `Is` is `true`: `same<Same<keyof Thing, "a" | "b">>()`. */
export function same<Is extends true>(_is?: Is): void {}
