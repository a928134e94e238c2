/** The value of an argument `--name=value`. */
export function textOption(args: readonly string[], name: string): string | undefined {
  return args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

/** The value of an argument `--name=value` that must be a number above 0. */
export function numberOption(args: readonly string[], name: string, otherwise: number): number {
  const text = textOption(args, name);
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0)) throw new Error(`Cannot use --${name}=${text}: it is not a number above 0`);
  return value;
}
