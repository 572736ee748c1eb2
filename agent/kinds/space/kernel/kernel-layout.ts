/** Addresses in the memory of a kernel. What callers hash stands from `FREE` on; below are what kernels are told and their constants. */
export const LAYOUT = {
  /** The state after the 64 bytes that all leaves of a plot begin with: eight words. */
  leafState: 64,
  /** The working state after the eight rounds over a challenge: eight words. */
  scoreState: 128,
  /** The challenge: eight words. */
  challenge: 192,
  constants: 1024,
} as const;

/** The first address that callers may use, on a boundary of pages and disk blocks. */
export const FREE = 65_536;
