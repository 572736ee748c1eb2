/**
 * How long a node of a chain stays killed in tests of that, in milliseconds: `HEADFRAME_TEST_NODE_AWAY_MS`, for outages of
 * minutes; a few seconds without it.
 */
export const NODE_AWAY_MS = awayMs(process.env['HEADFRAME_TEST_NODE_AWAY_MS'] ?? '2000');

function awayMs(text: string): number {
  if (!/^\d{1,8}$/.test(text)) throw new Error(`HEADFRAME_TEST_NODE_AWAY_MS is ${text}, and no number of milliseconds`);
  return Number(text);
}
