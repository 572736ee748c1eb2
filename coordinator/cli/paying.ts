import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { Option } from 'commander';
import type { Command } from 'commander';
import { PayOptionsSchema, PayReplySchema } from '../../common/gen/headframe/v1/intent_pb.js';
import type { PayOptions, PayReply } from '../../common/gen/headframe/v1/intent_pb.js';
import { planckIn, tokenOf } from './amounts.js';
import type { Connection } from './client.js';
import { durationArgument } from './global-options.js';
import type { Invocation } from './invocation.js';
import { dryRunView, intentView } from './views/intents.js';
import { followIntent, perseveringly } from './wait/intent.js';

/** Options of commands that pay. */
export interface PayingOptions {
  readonly wallet?: string;
  readonly maxTip?: string;
  readonly cap?: string;
  readonly key?: string;
  readonly dryRun?: boolean;
  /** False after `--no-wait`. */
  readonly wait: boolean;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Adds the options that all commands that pay have. */
export function addPayingOptions(command: Command): Command {
  return addCostOptions(command.requiredOption('--wallet <name>', 'the wallet that signs and pays'));
}

/** The same for commands about a hotkey, whose wallet pays unless another is named. */
export function addPayingForOptions(command: Command): Command {
  return addCostOptions(command.option('--wallet <name>', 'the wallet that signs and pays; else that of the hotkey'));
}

/** The same for commands whose call a hotkey signs, which its wallet may have to pay a fee for. */
export function addSigningOptions(command: Command): Command {
  return addCostOptions(command);
}

function addCostOptions(command: Command): Command {
  return command
    .option('--cap <amount>', 'the most that it may cost in all; else the amount, twice the fee, and the highest tip')
    .option('--max-tip <amount>', 'the highest tip that may be paid upon congestion; else none')
    .option('--dry-run', 'say what it would cost and whether it would be refused, and send nothing')
    .option('--key <key>', 'a name of yours for it: again under the same key it is not made twice')
    .option('--no-wait', 'do not wait until it is final: headframe intents wait does')
    .addOption(timeoutOption());
}

/** `--timeout` of commands that wait for a call of a chain. */
export function timeoutOption(): Option {
  return new Option('--timeout <duration>', 'longest time to wait; the call goes on')
    .argParser(durationArgument)
    .default(600_000, '10m');
}

/**
 * Asks for a call that is paid, and follows it until it is final. Asked again by itself under the same key where the connection
 * was cut before an answer. Nothing more is said where there is no call to be made, which `ask` has told then. Throws `HeadframeError`: what the request throws, 'intent_failed', 'intent_abandoned',
 * deadline_exceeded ('wait_timeout'), invalid_argument ('amount_invalid').
 */
export async function payBy(
  call: Invocation,
  network: string,
  options: PayingOptions,
  ask: (connection: Connection, pay: PayOptions) => Promise<PayReply | undefined>,
): Promise<void> {
  const pay = await payOptions(call, network, options);
  const untilMs = call.world.clock.monotonicMs() + options.timeout;
  const reply = await perseveringly(call, untilMs, (connection) => ask(connection, pay));
  if (reply === undefined) return;
  const { of } = reply;
  if (of.case !== 'intent' || !options.wait) return printReply(call, reply);
  const intent = await followIntent(call, of.value, untilMs);
  await printReply(call, create(PayReplySchema, { of: { case: 'intent', value: intent } }));
}

async function payOptions(call: Invocation, network: string, options: PayingOptions): Promise<PayOptions> {
  const { wallet = '', maxTip, cap, dryRun = false, key = randomUUID() } = options;
  const given = maxTip !== undefined || cap !== undefined;
  const token = given ? await tokenOf(call, network) : { symbol: '', decimals: undefined };
  return create(PayOptionsSchema, {
    ...{ wallet, key, dryRun },
    maxTipPlanck: maxTip === undefined ? '' : planckIn(maxTip, '--max-tip', token),
    capPlanck: cap === undefined ? '' : planckIn(cap, '--cap', token),
  });
}

function printReply(call: Invocation, reply: PayReply): Promise<void> {
  return call.printer.message(PayReplySchema, reply, (viewing) => {
    const { of } = reply;
    if (of.case === 'dryRun') return dryRunView(of.value);
    return of.case === 'intent' ? intentView(of.value, viewing) : [];
  });
}
