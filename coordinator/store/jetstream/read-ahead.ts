/** Asks for several things at once and hands them on in their order. */
export async function* readAhead<K, V>(
  keys: Iterable<K>,
  read: (key: K) => Promise<V>,
  atOnce: number,
): AsyncGenerator<readonly [K, V]> {
  const asked: { readonly key: K; readonly answer: Promise<V> }[] = [];
  for (const key of keys) {
    const answer = read(key);
    // Whoever leaves early does not wait for what else was asked.
    answer.catch(() => undefined);
    asked.push({ key, answer });
    const first = asked.length < atOnce ? undefined : asked.shift();
    if (first !== undefined) yield [first.key, await first.answer];
  }
  for (const { key, answer } of asked) yield [key, await answer];
}
