/**
 * Makes an input smaller while it stays interesting: removes whole lines first, then smaller and smaller
 * ranges, then single bytes.
 *
 * @param text The input, which is interesting.
 * @param interesting Returns which of several candidates are interesting. Many are passed at once, because a
 * call may involve another process.
 */
export async function shrink(
  text: string,
  interesting: (candidates: readonly string[]) => Promise<readonly boolean[]>,
): Promise<string> {
  for (;;) {
    const candidates = smaller(text);
    const kept = await interesting(candidates);
    const best = candidates.find((_, index) => kept[index]);
    if (best === undefined) return text;
    text = best;
  }
}

/** Lists the inputs that are one step smaller, the smallest first. */
function smaller(text: string): string[] {
  const candidates = new Set<string>();
  const lines = text.split(/(?<=\n)/);
  for (let i = 0; i < lines.length; i++) candidates.add(lines.filter((_, index) => index !== i).join(""));
  for (let size = Math.floor(text.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at + size <= text.length; at += size) {
      candidates.add(text.slice(0, at) + text.slice(at + size));
    }
  }
  candidates.delete(text);
  candidates.delete("");
  return [...candidates].sort((a, b) => a.length - b.length);
}
