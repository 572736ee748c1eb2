import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { z } from 'zod';
import { COMMENTS } from '../../../../common/gen/comments.js';
import { ModuleService } from '../../../../common/gen/headframe/v1/module_service_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import { contractRoutes, contractSchemas } from '../../../../coordinator/gateway/contract/index.js';
import { leaseRoutes } from '../../../../coordinator/gateway/leases/index.js';
import { minerRoutes } from '../../../../coordinator/gateway/miners/index.js';
import { openApiOf, openApiRoute } from '../../../../coordinator/gateway/openapi.js';
import { tensorNodeRoutes } from '../../../../coordinator/gateway/vms/index.js';
import { registrarRoutes } from '../../../../coordinator/gateway/registrar/index.js';
import type { Route } from '../../../../coordinator/gateway/route.js';

const figures = { uptimeMs: () => 0, requests: () => 0 };
const leases = leaseRoutes({ clock: systemClock, leaseImage: undefined });
const vms = tensorNodeRoutes({
  clock: systemClock,
  prefix: '/tensornode',
  defaults: { configuration: {}, maxPriceUsd: undefined },
});
const served = [...contractRoutes(), ...registrarRoutes(figures), ...minerRoutes(() => 0), ...leases, ...vms];

/** Every change may be keyed. */
const KEYED = [
  {
    ...{ name: 'Idempotency-Key', in: 'header', schema: { type: 'string', minLength: 8, maxLength: 128 } },
    description: "Of the client's making: a repetition under the same key does nothing and is answered alike.",
  },
];

describe('the OpenAPI document', () => {
  it('is valid by the schema of OpenAPI 3.1, and has every route that is served', async () => {
    const document = openApiOf(served, '1.2.3', contractSchemas());
    const { valid, errors } = await new Validator().validate({ ...document });
    expect(errors ?? []).to.deep.equal([]);
    expect(valid).to.equal(true);
    const { paths } = document as { paths: Record<string, object> };
    const told = Object.entries(paths).flatMap(([path, verbs]) => Object.keys(verbs).map((verb) => `${verb} ${path}`));
    expect(told).to.have.lengthOf(served.length);
    expect(told).to.include.members(['put /api/miner/modules/{name}/stake', 'get /api/v2/{rest}', 'post /modules']);
  });

  it('tells of each operation its method, its parameters, its body and its refusals', () => {
    const query = z.object({ page: z.string().optional() });
    const route: Route = {
      ...{ verb: 'PUT', path: '/things/:name', method: ModuleService.method.getModule },
      about: {
        summary: 'Puts a thing',
        params: z.object({ name: z.string().max(9) }),
        query,
        body: z.strictObject({ size: z.int() }),
        reply: { status: 202, schema: z.object({ done: z.boolean() }) },
      },
      answer: () => Promise.reject(new Error('not asked')),
    };
    const { paths } = openApiOf([route], '1') as { paths: Record<string, Record<string, object>> };
    const operation = paths['/things/{name}']?.['put'];
    expect(operation).to.deep.include({
      operationId: 'PUT_things_name',
      'x-grpc-method': '/headframe.v1.ModuleService/GetModule',
      parameters: [
        { name: 'name', in: 'path', required: true, schema: { type: 'string', maxLength: 9 } },
        { name: 'page', in: 'query', schema: { type: 'string' } },
        ...KEYED,
      ],
    });
    expect(operation).to.have.nested.property('requestBody.content.application/json.schema.required').eql(['size']);
    expect(operation).to.have.nested.property('responses.202.content.application/json.schema.required').eql(['done']);
    expect(operation).to.have.nested.property('responses.default.$ref').eq('#/components/responses/Problem');
  });

  it('says of operations, parameters, fields, messages and enums what the contract says', () => {
    const document = openApiOf(served, '1', contractSchemas());
    const events = 'paths./v1/events.get';
    for (const [place, name] of [
      [events, 'FleetService.StreamEvents'],
      ['components.schemas.MinerSpec', 'MinerSpec'],
      ['components.schemas.MinerSpec.properties.stopGraceMs', 'MinerSpec.stop_grace_ms'],
      ['components.schemas.MinerSpec.properties.update', 'MinerSpec.update'],
    ] as const)
      expect(document, place).to.have.nested.property(`${place}.description`, COMMENTS[`headframe.v1.${name}`]);
    expect(document)
      .to.have.nested.property(`${events}.parameters`)
      .that.deep.includes({
        ...{ name: 'namespace', in: 'query', schema: { type: 'string' } },
        description: COMMENTS['headframe.v1.StreamEventsRequest.namespace'],
      });
    const lost = COMMENTS['headframe.v1.HostState.HOST_STATE_LOST'] ?? '';
    expect(document)
      .to.have.nested.property('components.schemas.HostState.description')
      .that.includes(`- \`HOST_STATE_LOST\`: ${lost}`);
    expect(lost).to.equal('Its lease has expired.');
  });

  it('has no two operations of one id', () => {
    const own = openApiRoute(served, '1');
    const ids = JSON.stringify(openApiOf([...served, own], '1')).match(/"operationId":"[^"]*"/g) ?? [];
    expect(new Set(ids).size).to.equal(served.length + 1);
  });

  it('tells of itself as it is served', async () => {
    const route = openApiRoute(served, '1');
    const { body } = await route.answer({
      params: {},
      query: {},
      body: undefined,
      call: () => Promise.reject(new Error()),
      send: () => Promise.reject(new Error()),
      contentType: '',
      talk: () => ({ [Symbol.asyncIterator]: () => expect.fail('no talk') }),
      stream: () => ({ [Symbol.asyncIterator]: () => expect.fail('no stream') }),
    });
    expect(body).to.have.nested.property(
      'paths./openapi\\.json.get.x-grpc-method',
      '/headframe.v1.AccessService/WhoAmI',
    );
  });
});
