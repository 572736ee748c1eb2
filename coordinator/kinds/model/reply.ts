/** A route of the contract that a model serves. */
export type Endpoint = 'GET /health' | 'GET /info' | 'POST /api/chat';

/** Why nothing of an answer can be judged. */
export type Silence = 'unreachable' | 'timeout' | 'too_large' | 'broken_off';

/** What came of asking a model. */
export type Reply =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly tookMs: number }
  | { readonly kind: 'silence'; readonly why: Silence; readonly text: string; readonly tookMs: number };
