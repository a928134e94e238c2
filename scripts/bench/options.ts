/**
 * Rejects unknown arguments. Without this a misspelled argument would be noticed only after a long
 * measurement of something else.
 *
 * @param args The arguments: `--name=value`, or `--name` alone.
 * @param known The known names.
 */
export function assertOptions(args: readonly string[], known: readonly string[]): void {
  const unknown = args.find((arg) =>
    !known.some((name) => arg === `--${name}` || arg.startsWith(`--${name}=`))
  );
  if (unknown === undefined) return;
  throw new Error(`Cannot use ${unknown}: there are ${known.map((name) => `--${name}`).join(", ")}`);
}

/** Returns the value of an argument `--name=value`. */
export function textOption(args: readonly string[], name: string): string | undefined {
  return args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

/** Returns the value of an argument `--name=value`, which must be a number above 0. */
export function numberOption(args: readonly string[], name: string, otherwise: number): number {
  const text = textOption(args, name);
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0)) throw new Error(`Cannot use --${name}=${text}: it is not a number above 0`);
  return value;
}
