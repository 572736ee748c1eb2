/** Why something was not done, as the coordinator tells it (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly reason: string;
  readonly remedy?: string;
  readonly violations?: readonly { readonly path: string; readonly expected: string }[];
}
