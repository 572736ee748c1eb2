/** Of an engine, such as 20.10 or 28.0. */
export type EngineVersion = readonly [major: number, minor: number];

/** Whether an engine that calls itself so is that version or a newer one; what tells no number is taken to be new. Pure. */
export function isSince(version: string, [major, minor]: EngineVersion): boolean {
  const [, ownMajor, ownMinor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (ownMajor === undefined) return true;
  return Number(ownMajor) > major || (Number(ownMajor) === major && Number(ownMinor) >= minor);
}
