import type { DescEnum } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { SeveritySchema } from '../../../../common/gen/headframe/v1/event_pb.js';
import { HostStateSchema } from '../../../../common/gen/headframe/v1/host_pb.js';
import { HealthSchema, InstanceStateSchema } from '../../../../common/gen/headframe/v1/instance_pb.js';
import {
  NetworkModeSchema,
  OnDisconnectSchema,
  OperatorSchema,
  ProtocolSchema,
  PullPolicySchema,
  RestartConditionSchema,
  StrategyKindSchema,
} from '../../../../common/gen/headframe/v1/miner_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { EnumTable } from '../../../../common/wire/enum-table.js';
import * as enums from '../../../../common/wire/enums.js';

const tables: [DescEnum, Pick<EnumTable<string, number>, 'find' | 'fromWire'>][] = [
  [InstanceStateSchema, enums.INSTANCE_STATE],
  [HealthSchema, enums.HEALTH],
  [HostStateSchema, enums.HOST_STATE],
  [SeveritySchema, enums.SEVERITY],
  [NetworkModeSchema, enums.NETWORK_MODE],
  [ProtocolSchema, enums.PROTOCOL],
  [OperatorSchema, enums.OPERATOR],
  [StrategyKindSchema, enums.STRATEGY_KIND],
  [RestartConditionSchema, enums.RESTART_CONDITION],
  [OnDisconnectSchema, enums.ON_DISCONNECT],
  [PullPolicySchema, enums.PULL_POLICY],
];

describe('the enumerations of the wire', () => {
  for (const [schema, table] of tables) {
    it(`have one word for each value of ${schema.name}, and none for the unspecified one`, () => {
      const words = schema.values.filter(({ number }) => number !== 0).map(({ number }) => table.find(number));
      expect(words).to.not.include(undefined);
      expect(new Set(words).size).to.equal(words.length);
      expect([0, 99, -1].map((number) => table.find(number))).to.deep.equal([undefined, undefined, undefined]);
      expect(() => table.fromWire(99, 'x'))
        .to.throw(HeadframeError)
        .with.property('reason', 'unknown_value');
    });
  }
});
