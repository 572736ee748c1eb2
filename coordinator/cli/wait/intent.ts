import { IntentState } from '../../../common/gen/headframe/v1/intent_pb.js';
import type { Intent } from '../../../common/gen/headframe/v1/intent_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { Connection } from '../client.js';
import { WAIT_TIMEOUT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { intentLine } from '../views/intents.js';

const LOOK_MS = 500;
const RETRY_MS = 1_000;

const ENDED: ReadonlySet<IntentState> = new Set([IntentState.FINALISED, IntentState.FAILED, IntentState.ABANDONED]);

/**
 * Follows an intent to its end, across restarts of the coordinator; people are told of each step. Throws `HeadframeError`:
 * failed_precondition ('intent_failed'), aborted ('intent_abandoned'), deadline_exceeded ('wait_timeout').
 */
export async function followIntent(call: Invocation, first: Intent, untilMs: number): Promise<Intent> {
  const { clock } = call.world;
  let told = '';
  for (let intent = first; ; intent = await lookAgain(call, intent, untilMs)) {
    const line = intentLine(intent);
    if (line !== told) await call.printer.note(line);
    told = line;
    if (ENDED.has(intent.state)) return requireDone(intent);
    if (clock.monotonicMs() >= untilMs) throw timedOut(intent);
    await clock.sleep(LOOK_MS, call.signal);
  }
}

/**
 * Asks again where a connection that was there was cut, so that whoever asks by a key hears what became of it; a coordinator that
 * has just begun anew is also waited for until it has its chain.
 */
export async function perseveringly<T>(
  call: Invocation,
  untilMs: number,
  ask: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { clock } = call.world;
  const connection = await call.connect();
  for (let hasBeenCut = false; ;) {
    try {
      return await ask(connection);
    } catch (error) {
      hasBeenCut ||= wasCut(connection, error);
      const mayPass = wasCut(connection, error) || (hasBeenCut && isChainAway(error));
      if (!mayPass || clock.monotonicMs() >= untilMs) throw error;
    }
    await clock.sleep(RETRY_MS, call.signal);
  }
}

async function lookAgain(call: Invocation, { id }: Intent, untilMs: number): Promise<Intent> {
  const { intent } = await perseveringly(call, untilMs, ({ intents }) => intents.getIntent({ id }, call.callOptions));
  if (intent !== undefined) return intent;
  throw new HeadframeError({ code: 'internal', reason: 'answer_empty', message: 'the coordinator gave no intent' });
}

/** A coordinator that answers says its own reasons; one that never did was called wrongly. */
function wasCut(connection: Connection, error: unknown): boolean {
  const isTransport = error instanceof HeadframeError && error.code === 'unavailable' && error.reason === 'unavailable';
  return isTransport && connection.server() !== undefined;
}

function isChainAway(error: unknown): boolean {
  return error instanceof HeadframeError && error.reason === 'chain_away';
}

function requireDone(intent: Intent): Intent {
  const { id, state, failure, note, purpose } = intent;
  if (state === IntentState.FINALISED) return intent;
  if (state === IntentState.ABANDONED)
    throw new HeadframeError({
      code: 'aborted',
      reason: 'intent_abandoned',
      message: `${purpose}: given up: ${note}`,
      metadata: { intent: id },
    });
  const { error = '', class: kind = '', action = '', askAtBlock = 0n } = failure ?? {};
  const at = askAtBlock === 0n ? '' : ` The block is ${String(askAtBlock)}.`;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'intent_failed',
    message: `${purpose}: ${error} (${kind})`,
    remedy: `${action}${at}`,
    metadata: { intent: id, error, class: kind, ...(askAtBlock === 0n ? {} : { ask_at_block: String(askAtBlock) }) },
  });
}

function timedOut({ id, why, state }: Intent): HeadframeError {
  return new HeadframeError({
    ...{ code: 'deadline_exceeded', reason: WAIT_TIMEOUT },
    message: `the intent ${id} has not ended: ${why === '' ? `its state is ${String(state)}` : why}`,
    remedy: `It goes on: headframe intents wait ${id}; headframe intents abandon ${id} gives it up.`,
    metadata: { intent: id },
  });
}
