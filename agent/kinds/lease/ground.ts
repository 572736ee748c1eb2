import { z } from 'zod';

/** What a lease has on its host beside its container; kept on disk before any of it is made, so that all of it can be found again. */
const groundSchema = z.strictObject({
  serial: z.number().int().positive(),
  lease: z.string().max(63),
  bridge: z.string().regex(/^hl[0-9a-f]{13}$/),
  subnet: z.string().max(18),
  egress: z.enum(['internet', 'none']),
  bandwidthBytes: z.number().int().positive(),
  diskBytes: z.number().int().nonnegative(),
  /** Folder of the engine that its file system lies over; '' while there is none. */
  layer: z.string().max(4096),
});

/** What a lease has on its host beside its container. */
export type LeaseGround = Readonly<z.output<typeof groundSchema>>;

/** Reads a ground's file; undefined for what is none. Pure. */
export function parseGround(text: string): LeaseGround | undefined {
  try {
    const found = groundSchema.safeParse(JSON.parse(text));
    return found.success ? found.data : undefined;
  } catch {
    return undefined; // no JSON: cut short by a crash
  }
}
