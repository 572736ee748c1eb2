import { create, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { ModelInstanceSchema, ModelQuestion, ModelSchema } from '../../common/gen/headframe/v1/router_service_pb.js';
import type { AskModelRequest, RouterService } from '../../common/gen/headframe/v1/router_service_pb.js';
import { instanceId, isEnded } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { wantedReplicas } from '../../common/model/miner.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { isModel, standingOf } from '../router/index.js';
import type { Question, Router } from '../router/index.js';
import { figuresToWire } from './ask-figures.js';
import { findMiner } from './find.js';
import { inOrder } from './in-order.js';
import type { ModelDesk } from './model-desk.js';
import { takePage } from './paging.js';
import type { HandlerParts } from './parts.js';
import { repliesOf } from './model-replies.js';
import { invalidRequest } from './refuse.js';

/** What the handlers work with. */
interface Parts extends Pick<HandlerParts, 'fleet' | 'scopes'> {
  readonly router: Pick<Router, 'table'>;
  readonly models: Pick<ModelDesk, 'ask'>;
}

const GET = { verb: 'GET', headers: {}, body: undefined } as const;

/** Models, and what they are asked. */
export function routerService(parts: Parts): ServiceImplementation<typeof RouterService> {
  const { fleet, scopes, router, models } = parts;
  const modelOf = (record: MinerRecord) => modelToWire(record, parts);
  const nameOf = ({ spec }: MinerRecord): string => spec.name;
  return {
    askModel: (request, { caller, signal }) =>
      repliesOf((answering, within) => models.ask(caller, questionOf(request), answering, within), signal),
    listModels: async (request, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const page = takePage(request, {
        list: 'models',
        after: (key) => inOrder(seen.miners(), nameOf, key).filter((record) => isModel(fleet, nameOf(record))),
        keyOf: nameOf,
        toItem: modelOf,
        bytesOf: (model) => toBinary(ModelSchema, model).length,
      });
      return { models: [...page.items], nextPageToken: page.next };
    },
    getModel: async ({ name }, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const record = findMiner(seen, name);
      // Throws for what is no model.
      router.table.of(name);
      const instances: MessageInitShape<typeof ModelInstanceSchema>[] = [];
      for (const instance of seen.instancesOf(name))
        if (!isEnded(instance.state)) instances.push(instanceToWire(instance, parts));
      return { model: modelOf(record), instances };
    },
  };
}

function modelToWire(record: MinerRecord, { fleet, router }: Pick<Parts, 'fleet' | 'router'>) {
  const { name, namespace } = record.spec;
  const figures = router.table.figuresOf(name);
  return create(ModelSchema, {
    ...{ name, namespace, replicas: wantedReplicas(record), ready: fleet.countsOf(name).healthy },
    ...(figures === undefined ? {} : { figures: figuresToWire(figures) }),
  });
}

function instanceToWire(record: InstanceRecord, { fleet, router }: Pick<Parts, 'fleet' | 'router'>) {
  const { miner, serial, hostId = '' } = record;
  const { kind, why } = standingOf(record, fleet.host(hostId));
  const figures = router.table.figuresOfInstance(miner, serial);
  return create(ModelInstanceSchema, {
    ...{ id: instanceId(miner, serial), hostId, ready: kind === 'ready', why },
    ...(figures === undefined ? {} : { figures: figuresToWire(figures) }),
  });
}

function questionOf({ model, question, body, contentType, accept }: AskModelRequest): Question {
  switch (question) {
    case ModelQuestion.CHAT: {
      const type = { 'content-type': headerOf('content_type', contentType) || 'application/json' };
      return { model, verb: 'POST', path: '/api/chat', headers: { ...type, ...accepting(accept) }, body };
    }
    case ModelQuestion.HEALTH:
      return { ...GET, model, path: '/health' };
    case ModelQuestion.INFO:
      return { ...GET, model, path: '/info' };
    default:
      // Of what may come over the wire there is more than names.
      throw invalidRequest({ path: 'question', expected: 'CHAT, HEALTH or INFO' });
  }
}

function accepting(accept: string): Readonly<Record<string, string>> {
  return accept === '' ? {} : { accept: headerOf('accept', accept) };
}

function headerOf(path: string, value: string): string {
  if (/^[\x20-\x7e]{0,200}$/.test(value)) return value;
  throw invalidRequest({ path, expected: 'at most 200 visible characters of ASCII' });
}
