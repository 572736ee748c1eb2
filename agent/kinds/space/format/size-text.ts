const MB = 1024 ** 2;
const GB = 1024 ** 3;
const UNITS: Readonly<Record<string, number>> = { '': GB, gb: GB, mb: MB };

/** Bytes of a size such as `1.5GB` or `200 mb`, a bare number being of gigabytes; undefined for what is none. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(mb|gb)?\s*$/i.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (digits === undefined || factor === undefined) return undefined;
  const bytes = Math.trunc(Number(digits) * factor);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Bytes in the largest unit up to TB of which there is one at least, with two decimals. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;
  let [value, at] = [bytes, 0];
  for (; value >= 1024 && at < units.length - 1; at += 1) value /= 1024;
  return `${value.toFixed(2)} ${units[at] ?? ''}`;
}

/** Bytes in MB or GB, without decimals where there are whole ones. */
export function formatSize(bytes: number): string {
  if (bytes % GB === 0) return `${String(bytes / GB)} GB`;
  if (bytes % MB === 0) return `${String(bytes / MB)} MB`;
  return bytes >= GB ? `${(bytes / GB).toFixed(2)} GB` : `${(bytes / MB).toFixed(2)} MB`;
}
