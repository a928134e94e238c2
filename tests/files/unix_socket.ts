/** Makes a Unix socket in the file system, on which nobody answers. */
export function listen(path: string): Disposable {
  const listener = Deno.listen({ transport: "unix", path });
  return { [Symbol.dispose]: () => listener.close() };
}
