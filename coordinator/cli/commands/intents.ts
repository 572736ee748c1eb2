import { create } from '@bufbuild/protobuf';
import {
  AbandonIntentResponseSchema,
  GetIntentResponseSchema,
  ListIntentsResponseSchema,
} from '../../../common/gen/headframe/v1/intent_service_pb.js';
import { confirm } from '../confirm.js';
import { addYesOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { PAGE_SIZE, allPages } from '../paging.js';
import { timeoutOption } from '../paying.js';
import type { Registrar } from '../runner.js';
import { intentLine, intentView, intentsView } from '../views/intents.js';
import { followIntent } from '../wait/intent.js';

interface ListOptions {
  readonly network?: string;
  readonly wallet?: string;
  readonly all?: boolean;
}

const ID = ['<id>', 'id of the intent'] as const;

/** `intents ls|show|wait|abandon`. */
export const addIntents: Registrar = (program, run) => {
  const intents = program
    .command('intents')
    .description(
      'See the calls of chains that cost or publish something, each made at most once, and what became of them.',
    );
  intents
    .command('ls')
    .description('List the calls that are not done yet, the newest first.')
    .option('--network <network>', 'only on this network')
    .option('--wallet <wallet>', 'only of this wallet and its hotkeys')
    .option('--all', 'those too that have ended')
    .action(run(list));
  intents
    .command('show')
    .description('Show all of a call: what it may cost and did cost, where it stands, and what to do where it failed.')
    .argument(...ID)
    .action(run(show));
  intents
    .command('wait')
    .description('Wait until a call is final; the exit code tells whether it was carried out.')
    .argument(...ID)
    .addOption(timeoutOption())
    .action(run(wait));
  const abandon = intents
    .command('abandon')
    .description(
      'Give a call up: what is not signed ends at once, what is signed is not sent or signed again. Asks first.',
    )
    .argument(...ID);
  addYesOption(abandon).action(run(abandonOne));
};

async function list(call: Invocation, { network = '', wallet = '', all: ended = false }: ListOptions): Promise<void> {
  const { intents } = await call.connect();
  const pages = await allPages((pageToken) =>
    intents.listIntents({ network, wallet, ended, pageSize: PAGE_SIZE, pageToken }, call.callOptions),
  );
  const response = create(ListIntentsResponseSchema, { intents: pages.flatMap((page) => page.intents) });
  await call.printer.message(ListIntentsResponseSchema, response, (viewing) => intentsView(response.intents, viewing));
}

async function show(call: Invocation, id: string): Promise<void> {
  const { intents } = await call.connect();
  const response = await intents.getIntent({ id }, call.callOptions);
  const { intent } = response;
  await call.printer.message(GetIntentResponseSchema, response, (viewing) =>
    intent === undefined ? [] : intentView(intent, viewing),
  );
}

async function wait(call: Invocation, id: string, { timeout }: { readonly timeout: number }): Promise<void> {
  const { intents } = await call.connect();
  const { intent } = await intents.getIntent({ id }, call.callOptions);
  if (intent === undefined) return;
  const ended = await followIntent(call, intent, call.world.clock.monotonicMs() + timeout);
  const response = create(GetIntentResponseSchema, { intent: ended });
  await call.printer.message(GetIntentResponseSchema, response, (viewing) => intentView(ended, viewing));
}

async function abandonOne(call: Invocation, id: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(call.world, `Give up the call of the intent ${id}`, yes);
  const { intents } = await call.connect();
  const response = await intents.abandonIntent({ id }, call.callOptions);
  const { intent } = response;
  await call.printer.message(AbandonIntentResponseSchema, response, () =>
    intent === undefined ? [] : [{ kind: 'text', text: intentLine(intent) }],
  );
}
