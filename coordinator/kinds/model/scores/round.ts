import type { Clock } from '../../../../common/model/clock.js';
import { instanceId } from '../../../../common/model/instance.js';
import type { CanaryRound } from '../../../../common/model/model-record.js';
import type { FleetReader } from '../../../fleet/port.js';
import type { ReachPort } from '../../../router/index.js';
import { askModel } from '../ask-model.js';
import { replicasOf } from '../replicas.js';
import type { Replica } from '../replicas.js';
import type { Canary, Draw } from './canary.js';
import { judgeByEmbedding, judgeByLlm } from './judge-endpoint.js';
import type { JudgeEndpoint, Judgement } from './judge-endpoint.js';
import { judgeText } from './judge-text.js';
import { readChat } from './read-chat.js';

/** What a round works with. */
export interface RoundParts {
  readonly fleet: Pick<FleetReader, 'instancesOf' | 'instance' | 'workload'>;
  readonly reach: ReachPort;
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'setTimer'>;
  readonly draw: Draw;
  readonly newId: () => string;
}

/** By whom answers are judged that no text judge can, and how long a model has. */
export interface RoundTerms {
  readonly timeoutMs: number;
  readonly embedding: JudgeEndpoint | undefined;
  readonly llm: JudgeEndpoint | undefined;
}

/** Of an answer, in characters: what a judge sees, and what is quoted of it. */
const MOST_JUDGED = 4_000;
const MOST_QUOTED = 120;
/** As the original's validators ask. */
const MANNER = { temperature: 0.2, max_tokens: 150 };

type Finding = Pick<CanaryRound, 'outcome' | 'reason' | 'text'> & Partial<CanaryRound>;

/** Asks one healthy replica, drawn by chance, a canary, and judges what it says. Rejects with the signal's reason alone. */
export async function playRound(
  parts: RoundParts,
  terms: RoundTerms,
  { miner, canary }: { readonly miner: string; readonly canary: Canary },
  signal: AbortSignal,
): Promise<CanaryRound> {
  const healthy = replicasOf(parts.fleet, miner, 'healthy');
  const replica = healthy[Math.floor(parts.draw() * healthy.length)];
  const found: Finding =
    replica === undefined
      ? { outcome: 'failed', reason: 'canary_absent', text: 'no replica was healthy' }
      : await askReplica(parts, terms, { miner, replica, canary }, signal);
  return {
    ...{ id: parts.newId(), serial: replica?.instance.serial ?? 0, hostId: replica?.instance.hostId ?? '' },
    ...{ judge: '', quality: 0, tookMs: 0, oldKey: '', atMs: parts.clock.nowMs() },
    ...found,
  };
}

interface Asked {
  readonly miner: string;
  readonly replica: Replica;
  readonly canary: Canary;
}

async function askReplica(
  { fleet, reach, clock }: RoundParts,
  terms: RoundTerms,
  { miner, replica: { instance, port }, canary }: Asked,
  signal: AbortSignal,
): Promise<Finding> {
  const { serial } = instance;
  const url = new URL(`http://${miner}/api/chat`);
  const body = { prompt: canary.prompt, ...MANNER };
  const connect = (until: AbortSignal) => reach.connect(serial, port, until);
  const reply = await askModel({ url, verb: 'POST', body, connect }, { clock, timeoutMs: terms.timeoutMs, signal });
  const read = readChat(reply);
  const { tookMs } = read;
  if (read.kind === 'failed') {
    const state = fleet.instance(serial)?.state;
    // Whoever stops a replica cuts off what it is asked.
    if (state === 'stopping' || state === 'stopped' || state === undefined)
      return { outcome: 'void', reason: 'canary_replaced', text: read.text, tookMs };
    return { outcome: 'failed', reason: read.reason, text: `${instanceId(miner, serial)}: ${read.text}`, tookMs };
  }
  const { judge } = canary;
  const oldKey = read.key === 'response' ? '' : read.key;
  const judgement = await judged(terms, canary, read.text.slice(0, MOST_JUDGED), { clock, signal });
  if (judgement.kind === 'unjudged')
    return { outcome: 'void', reason: 'canary_judge_failed', text: judgement.text, judge, tookMs, oldKey };
  const { quality } = judgement;
  const text = `asked for ${quoted(canary.truth)}, said ${quoted(read.text)}`;
  return { outcome: 'answered', reason: 'canary_answered', text, judge, quality, tookMs, oldKey };
}

async function judged(
  { embedding, llm }: RoundTerms,
  canary: Canary,
  answer: string,
  terms: { readonly clock: RoundParts['clock']; readonly signal: AbortSignal },
): Promise<Judgement> {
  const { judge, truth } = canary;
  if (judge !== 'embedding' && judge !== 'llm') return { kind: 'judged', quality: judgeText(judge, truth, answer) };
  const endpoint = judge === 'embedding' ? embedding : llm;
  if (endpoint === undefined) return { kind: 'unjudged', text: `no endpoint is configured for ${judge}` };
  return judge === 'embedding'
    ? judgeByEmbedding(endpoint, canary, answer, terms)
    : judgeByLlm(endpoint, canary, answer, terms);
}

/** The beginning of a text, without what would steer a terminal. */
function quoted(text: string): string {
  const clean = text
    .slice(0, 4 * MOST_QUOTED)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  // A pair that is cut in two is no text any more.
  const short = clean.length > MOST_QUOTED ? `${clean.slice(0, MOST_QUOTED).replace(/\p{Surrogate}$/u, '')}…` : clean;
  return JSON.stringify(short);
}
