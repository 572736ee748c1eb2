import { create } from '@bufbuild/protobuf';
import { Option } from 'commander';
import {
  ClearVerificationResponseSchema,
  GetVerdictResponseSchema,
  ListScoresResponseSchema,
  ListVerdictsResponseSchema,
  RunChallengeResponseSchema,
} from '../../../common/gen/headframe/v1/challenge_service_pb.js';
import { ChallengeType } from '../../../common/gen/headframe/v1/verdict_pb.js';
import { CHALLENGE_TYPES } from '../../../common/model/verdict.js';
import type { ChallengeType as Type } from '../../../common/model/verdict.js';
import { CHALLENGE_TYPE, hostFromWire, verdictFromWire } from '../../../common/wire/client.js';
import { confirm } from '../confirm.js';
import { addYesOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { PAGE_SIZE, allPages } from '../paging.js';
import type { Registrar } from '../runner.js';
import { listModelScores } from './models.js';
import { scoresView, verdictView, verdictsView } from '../views/challenges.js';
import { hostsView } from '../views/hosts.js';

interface ListOptions {
  readonly type?: Type;
}

interface ClearOptions {
  readonly text?: string;
  readonly yes?: boolean;
}

/** `challenge run|ls|show|clear`. */
export const addChallenge: Registrar = (program, run) => {
  const challenge = program
    .command('challenge')
    .description('See what hosts were asked to prove and how that was judged, and clear a host of what it failed.');
  challenge
    .command('run')
    .description('Have a host prove now what it has room for, and tell the verdict. Takes minutes.')
    .argument('<host>', 'id or name of the host')
    .addOption(new Option('--type <type>', 'what it is to prove').choices(CHALLENGE_TYPES).makeOptionMandatory())
    .action(run(runOne));
  challenge
    .command('ls')
    .description('List the verdicts on challenges, the newest first.')
    .argument('[host]', 'only of this host, by id or name')
    .addOption(new Option('--type <type>', 'only of this type').choices(CHALLENGE_TYPES))
    .action(run(list));
  challenge
    .command('show')
    .description('Show all of a verdict: what was asked and what was seen.')
    .argument('<id>', 'id of the challenge')
    .action(run(show));
  const clear = challenge
    .command('clear')
    .description('End the quarantine of a host that failed a challenge; it has to prove everything again. Asks first.')
    .argument('<host>', 'id or name of the host')
    .option('--text <text>', 'why, for the record');
  addYesOption(clear).action(run(clearHost));
};

/** `scores`. */
export const addScores: Registrar = (program, run) => {
  program
    .command('scores')
    .description(
      'List the scores of hosts, the best first: verified units × reliability × freshness; or those of models: 0.4 × quality + 0.3 × speed + 0.2 × availability + 0.1 × participation.',
    )
    .addOption(
      new Option('--kind <kind>', 'only of hosts that can hold leases, or of models in the place of hosts').choices([
        'lease',
        'model',
      ]),
    )
    .action(run(listScores));
};

/** Making a label, or filling all of a large memory, takes its time. */
const RUN_MS = 3_600_000;

async function runOne(call: Invocation, host: string, { type: wanted }: Required<ListOptions>): Promise<void> {
  const { challenges } = await call.connect();
  const request = { host, type: CHALLENGE_TYPE.toWire(wanted) };
  const response = await challenges.runChallenge(request, { ...call.callOptions, timeoutMs: RUN_MS });
  const { verdict } = response;
  await call.printer.message(RunChallengeResponseSchema, response, () =>
    verdict === undefined ? [] : verdictView(verdictFromWire(verdict)),
  );
}

async function list(call: Invocation, host = '', { type: wanted }: ListOptions): Promise<void> {
  const { challenges } = await call.connect();
  const type = wanted === undefined ? ChallengeType.UNSPECIFIED : CHALLENGE_TYPE.toWire(wanted);
  const pages = await allPages((pageToken) =>
    challenges.listVerdicts({ host, type, pageSize: PAGE_SIZE, pageToken }, call.callOptions),
  );
  const response = create(ListVerdictsResponseSchema, { verdicts: pages.flatMap((page) => page.verdicts) });
  await call.printer.message(ListVerdictsResponseSchema, response, (viewing) =>
    verdictsView(response.verdicts.map(verdictFromWire), viewing),
  );
}

async function show(call: Invocation, id: string): Promise<void> {
  const { challenges } = await call.connect();
  const response = await challenges.getVerdict({ id }, call.callOptions);
  const { verdict } = response;
  await call.printer.message(GetVerdictResponseSchema, response, () =>
    verdict === undefined ? [] : verdictView(verdictFromWire(verdict)),
  );
}

async function clearHost(call: Invocation, host: string, { text = '', yes }: ClearOptions): Promise<void> {
  await confirm(call.world, `Believe the host ${host} again, once it has proven anew what it claims`, yes);
  const { challenges } = await call.connect();
  const response = await challenges.clearVerification({ host, text }, call.callOptions);
  const { host: cleared } = response;
  await call.printer.message(ClearVerificationResponseSchema, response, (viewing) =>
    hostsView(cleared === undefined ? [] : [hostFromWire(cleared)], viewing),
  );
}

async function listScores(call: Invocation, { kind = '' }: { readonly kind?: string }): Promise<void> {
  if (kind === 'model') {
    await listModelScores(call);
    return;
  }
  const { challenges } = await call.connect();
  const pages = await allPages((pageToken) =>
    challenges.listScores({ kind, pageSize: PAGE_SIZE, pageToken }, call.callOptions),
  );
  const response = create(ListScoresResponseSchema, { scores: pages.flatMap((page) => page.scores) });
  await call.printer.message(ListScoresResponseSchema, response, (viewing) => scoresView(response.scores, viewing));
}
