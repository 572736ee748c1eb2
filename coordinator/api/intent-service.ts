import { toBinary } from '@bufbuild/protobuf';
import { IntentSchema } from '../../common/gen/headframe/v1/intent_pb.js';
import type { IntentService } from '../../common/gen/headframe/v1/intent_service_pb.js';
import { hasEnded, walletOf } from '../../common/model/intent.js';
import type { IntentRecord } from '../../common/model/intent.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { intentNotFound } from '../chain/index.js';
import { readDurably } from './durably.js';
import { inOrder } from './in-order.js';
import { intentView } from './intent-views.js';
import { takePage } from './paging.js';
import type { HandlerParts } from './parts.js';
import { payerOf } from './paying.js';

type Parts = Pick<HandlerParts, 'fleet' | 'networks' | 'payer'>;

/** The service of calls that cost or publish, as they stand. */
export function intentService(parts: Parts): ServiceImplementation<typeof IntentService> {
  const { fleet } = parts;
  const view = (intent: IntentRecord) => intentView(parts, payerOf(parts), intent);
  return {
    listIntents: async ({ network, wallet, ended, ...page }) => {
      payerOf(parts);
      const wanted = (intent: IntentRecord): boolean =>
        (ended || !hasEnded(intent)) &&
        (network === '' || intent.network === network) &&
        (wallet === '' || walletOf(intent.wallet) === wallet);
      const { value } = await readDurably(fleet, (reader) =>
        takePage(page, {
          list: 'intents',
          after: (key) => inOrder([...reader.intents()].filter(wanted), keyOf, key),
          keyOf,
          toItem: view,
          bytesOf: (item) => toBinary(IntentSchema, item).length,
        }),
      );
      return { intents: [...value.items], nextPageToken: value.next };
    },
    getIntent: async ({ id }) => {
      payerOf(parts);
      const { value } = await readDurably(fleet, (reader) => reader.intent(id));
      if (value === undefined) throw intentNotFound(id);
      return { intent: view(value) };
    },
    abandonIntent: async ({ id }, { caller }) => ({ intent: view(await payerOf(parts).abandon(id, caller.name)) }),
  };
}

/** The newest comes first. */
function keyOf({ createdAtMs, id }: IntentRecord): string {
  return `${String(Number.MAX_SAFE_INTEGER - createdAtMs).padStart(16, '0')} ${id}`;
}
