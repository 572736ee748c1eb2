/** Bytes of a path. */
export const MOST_PATH_BYTES = 1_024;

/** Whether a path stays inside of any folder that it is unpacked in, and means the same to everybody. */
export function isSafePath(path: string): boolean {
  if (Buffer.byteLength(path) > MOST_PATH_BYTES || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/u.test(path)) return false;
  return path.split('/').every((step) => step !== '' && step !== '.' && step !== '..' && !/^\.git$/i.test(step));
}
