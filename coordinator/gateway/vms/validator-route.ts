import { z } from 'zod';
import { ModelQuestion, RouterService } from '../../../common/gen/headframe/v1/router_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { strictObject } from '../../../common/model/schema/index.js';
import { judgeText, readChat } from '../../kinds/model/index.js';
import type { ChatReading } from '../../kinds/model/index.js';
import { checked, ok } from '../route.js';
import type { Exchange, Route } from '../route.js';
import { getVm } from './machine-vms.js';
import type { VmRoutesParts } from './parts.js';
import type { Vm } from './vm.js';
import { LATE, within } from './within.js';

const { askModel } = RouterService.method;

/** As the original had it. */
const ANSWER_MS = 30_000;
const SUFFIX = ' (Return only the answer)';
const TEMPERATURE = 0.2;
const MOST_REPLY = 2 ** 20;
const AT_ONCE = 8;

const UNHEEDED = 'Taken, and of no effect: nothing is told to anybody but the caller.';

/** A VM as its id, or as GET /vms shows it. */
const vmField = z
  .union([z.string(), z.object({ vmId: z.string() }), z.object({ id: z.string() })], {
    error: 'the id of a VM, or an object with it as vmId or id',
  })
  .transform((vm) => (typeof vm === 'string' ? vm : 'vmId' in vm ? vm.vmId : vm.id));

const askedSchema = strictObject({
  input: z.string().min(1).max(16_384),
  truth: z.string().max(16_384).optional().describe('The answer that is wanted; without it nothing is judged.'),
  vms: z.array(vmField).min(1).max(100),
  subnet: z
    .union([z.string().max(200), z.number()])
    .optional()
    .describe(UNHEEDED),
  accountId: z.string().max(200).optional().describe(UNHEEDED),
});

const resultSchema = z.object({
  vmId: z.string(),
  vmName: z.string(),
  walletAddress: z.string().nullable(),
  response: z.string().nullable(),
  score: z.number().nullable().describe('From 0 to 1; 0 for a failure, null where no truth was given.'),
  seconds: z.number().nullable(),
  failure: z.object({ reason: z.string(), text: z.string() }).nullable(),
});

const validatedSchema = z.object({
  topicId: z.null().describe('There is no topic: results are in the answer.'),
  results: z.array(resultSchema),
});

/** Asks the models on VMs one question and judges what they say. */
export function validatorRoute({ prefix, clock }: Pick<VmRoutesParts, 'prefix' | 'clock'>): Route {
  return {
    ...{ verb: 'POST', path: `${prefix}/validator`, method: askModel },
    about: {
      summary: 'Asks the models on VMs a question, and judges their answers where the truth is given',
      body: askedSchema,
      reply: { schema: validatedSchema },
    },
    answer: async (exchange) => {
      const { input, truth, vms: ids } = checked(askedSchema, exchange.body ?? {});
      const vms: Vm[] = [];
      for (const id of ids) vms.push(await getVm(exchange.call, id));
      const results: z.output<typeof resultSchema>[] = [];
      for (let at = 0; at < vms.length; at += AT_ONCE) {
        const some = vms.slice(at, at + AT_ONCE);
        results.push(
          ...(await Promise.all(some.map(async (vm) => resultOf(vm, await asked(exchange, vm, input, clock), truth)))),
        );
      }
      return ok({ topicId: null, results } satisfies z.output<typeof validatedSchema>);
    },
  };
}

/** What a VM's model said, with how it is judged: a failure is worth nothing. */
function resultOf(vm: Vm, reading: ChatReading, truth: string | undefined): z.output<typeof resultSchema> {
  const { id: vmId, name: vmName, account } = vm;
  const who = { vmId, vmName, walletAddress: account === '' ? null : account };
  if (reading.kind === 'failed') {
    const { reason, text } = reading;
    return { ...who, response: null, score: 0, seconds: null, failure: { reason, text } };
  }
  const { text: response, tookMs } = reading;
  return { ...who, response, score: scoreOf(response, truth), seconds: tookMs / 1_000, failure: null };
}

/** A number is compared as one, anything else by its words. */
function scoreOf(answer: string, truth: string | undefined): number | null {
  if (truth === undefined) return null;
  return judgeText(/^\s*-?\d+(?:\.\d+)?\s*$/.test(truth) ? 'numeric' : 'words', truth, answer);
}

async function asked({ stream }: Exchange, vm: Vm, input: string, clock: VmRoutesParts['clock']): Promise<ChatReading> {
  const startedMs = clock.monotonicMs();
  const tookMs = (): number => clock.monotonicMs() - startedMs;
  const body = Buffer.from(JSON.stringify({ prompt: `${input}${SUFFIX}`, temperature: TEMPERATURE }));
  const reply = stream(askModel, { model: vm.id, question: ModelQuestion.CHAT, body });
  const read: Uint8Array[] = [];
  let [status, bytes] = [0, 0];
  try {
    for await (const piece of within(reply, ANSWER_MS, clock)) {
      if (piece === LATE)
        return readChat({ kind: 'silence', why: 'timeout', text: 'no answer within 30 s', tookMs: tookMs() });
      const { message } = piece;
      if (message.case === 'head') ({ status } = message.value);
      if (message.case !== 'data') continue;
      bytes += message.value.length;
      if (bytes > MOST_REPLY)
        return readChat({ kind: 'silence', why: 'too_large', text: 'an answer of more than 1 MiB', tookMs: tookMs() });
      read.push(message.value);
    }
    return readChat({ kind: 'answer', status, body: Buffer.concat(read).toString('utf8'), tookMs: tookMs() });
  } catch (error) {
    // Who may not ask hears that; what is wrong with one model is no failure of the others.
    if (!(error instanceof HeadframeError) || error.code === 'permission_denied') throw error;
    return { kind: 'failed', reason: error.reason, text: error.message, tookMs: tookMs() };
  }
}
