import { z } from 'zod';

const holderSchema = z.object({
  id: z.string().min(1).max(100),
  address: z.string().max(300),
  attempt: z.int().min(0),
  takesForwarded: z.boolean().optional(),
});

/** Who holds the lease of leadership. */
export interface LeaseHolder {
  /** Drawn anew at each start of a coordinator, so that none takes an earlier run's lease for its own. */
  readonly id: string;
  /** `host:port` at which agents and clients reach it. */
  readonly address: string;
  /** Whether it takes calls that another coordinator hands on; one of an earlier version does not say so, and does not. */
  readonly takesForwarded?: boolean | undefined;
}

/** What a coordinator writes: who it is, and by which of its attempts. */
export type LeaseValue = (LeaseHolder & { readonly attempt: number }) | 'released';

/** What stands in the bucket. */
export interface LeaseEntry {
  /** 0 where nothing was ever written. */
  readonly revision: number;
  /** Undefined where nothing stands there that could be read. */
  readonly value: LeaseValue | undefined;
}

const RELEASED = { released: true } as const;

/** The bytes of a value. */
export function encodeLease(value: LeaseValue): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value === 'released' ? RELEASED : value));
}

/** Reads the bytes of a value; undefined for what is none, such as one of a newer version. */
export function decodeLease(bytes: Uint8Array): LeaseValue | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (z.object({ released: z.literal(true) }).safeParse(value).success) return 'released';
    return holderSchema.safeParse(value).data;
  } catch {
    return undefined;
  }
}
