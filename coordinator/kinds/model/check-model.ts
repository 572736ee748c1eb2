import { HeadframeError } from '../../../common/model/error.js';
import { askModel } from './ask-model.js';
import type { AskTerms, ModelAsk } from './ask-model.js';
import { judgeReply } from './contract.js';
import type { Point } from './contract.js';
import type { Endpoint, Reply } from './reply.js';

/** How a model meets the contract. */
export interface ModelReport {
  readonly url: string;
  /** No point of the contract is broken. */
  readonly conforms: boolean;
  /** How long each answer took, in milliseconds. */
  readonly tookMs: Readonly<Record<Endpoint, number>>;
  readonly points: readonly Point[];
}

/** Asked as the guide for validators has it. */
const PROMPT = { prompt: 'What is 2 + 2? (Return only the answer)', temperature: 0.2, max_tokens: 150 };

/** Asks a model by each route of the contract, one after the other, and judges what it answers; by `connect` where it is given. */
export async function checkModel(
  base: URL,
  { connect, ...terms }: AskTerms & Pick<ModelAsk, 'connect'>,
): Promise<ModelReport> {
  const at = (path: string): URL => new URL(path, base.href.endsWith('/') ? base.href : `${base.href}/`);
  const asks: readonly (readonly [Endpoint, ModelAsk])[] = [
    ['GET /health', { url: at('health'), verb: 'GET' }],
    ['GET /info', { url: at('info'), verb: 'GET' }],
    ['POST /api/chat', { url: at('api/chat'), verb: 'POST', body: PROMPT }],
  ];
  const replies: (readonly [Endpoint, Reply])[] = [];
  for (const [endpoint, ask] of asks) {
    const way = connect === undefined ? {} : { connect };
    replies.push([endpoint, await askModel({ ...ask, ...way }, terms)]);
  }
  const points = replies.flatMap(([endpoint, reply]) => judgeReply(endpoint, reply));
  const took = Object.fromEntries(replies.map(([endpoint, { tookMs }]) => [endpoint, tookMs]));
  return {
    url: base.href,
    conforms: points.every(({ mark }) => mark !== 'broken'),
    // One for each that was asked.
    tookMs: took as ModelReport['tookMs'],
    points,
  };
}

/** The address of a model. Throws `HeadframeError` (invalid_argument, 'model_url_invalid'). */
export function modelUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url !== undefined && isPlain && /^https?:$/.test(url.protocol)) return url;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'model_url_invalid',
    message: `${text.slice(0, 100)} is no address of a model`,
    remedy: 'Give http:// or https://, a host and a port, without a user, a query or a fragment: http://10.0.0.7:3000.',
  });
}
