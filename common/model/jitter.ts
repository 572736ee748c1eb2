/** From 0 to 1: spread evenly over consecutive whole numbers, and the same for a number each time. */
export function jitterOf(seed: number): number {
  // The golden ratio's multiples fill the interval evenly.
  return (seed * 0.618_033_988_749_895) % 1;
}
