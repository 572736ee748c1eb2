import { readdirSync } from 'node:fs';
import type { DescFile } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { FleetService } from '../../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { boundMethods } from '../../../../../coordinator/gateway/contract/routes.js';
import { operationOf } from '../../../../../coordinator/gateway/contract/operation.js';
import { isByQuery, namesIn, restOf } from '../../../../../coordinator/gateway/contract/request.js';
import { CONTRACT } from '../../../../../coordinator/gateway/contract/table.js';
import { namesNeitherRouteNorReason } from '../../../../support/contract-gaps.js';

const GENERATED = new URL('../../../../../common/gen/headframe/v1/', import.meta.url);

/** Names of all services that the contract declares. */
async function declared(): Promise<string[]> {
  const files = readdirSync(GENERATED).filter((name) => name.endsWith('_service_pb.ts'));
  const modules = await Promise.all(
    files.map((name) => import(new URL(name, GENERATED).href) as Promise<Record<string, unknown>>),
  );
  return modules
    .flatMap((module) =>
      Object.entries(module).flatMap(([name, value]) => (name.startsWith('file_') ? (value as DescFile).services : [])),
    )
    .map(({ typeName }) => typeName);
}

describe('the table of what is called over HTTP', () => {
  it('has every service of the contract but that of agents', async () => {
    const bound = CONTRACT.map(({ service }) => service.typeName);
    expect(bound).to.have.members((await declared()).filter((name) => name !== 'headframe.v1.AgentService'));
  });

  it('has a route, or says why there is none, for every method', () => {
    expect(namesNeitherRouteNorReason(CONTRACT)).to.deep.equal([]);
    const { applyMiners: _gone, ...fewer } = Object.fromEntries(
      FleetService.methods.map(({ localName }) => [localName, { unbound: 'as is said here at length' }]),
    );
    expect(namesNeitherRouteNorReason([{ service: FleetService, bindings: fewer }])).to.deep.equal(['ApplyMiners']);
    const mute = { ...fewer, applyMiners: { unbound: '' } };
    expect(namesNeitherRouteNorReason([{ service: FleetService, bindings: mute }])).to.deep.equal(['ApplyMiners']);
  });

  it('leaves no method of operators without a route that answers one request', () => {
    const talked = new Set(['client_streaming', 'bidi_streaming']);
    const bound = new Set(boundMethods().map(({ method }) => method));
    const kept = CONTRACT.slice(0, 5).flatMap(({ service }) => service.methods.filter((method) => !bound.has(method)));
    expect(kept.filter(({ methodKind }) => methodKind === 'unary')).to.deep.equal([]);
    const streams = boundMethods().filter(({ method }) => talked.has(method.methodKind));
    expect(streams).to.deep.equal([]);
  });

  it('serves no two methods at one place, and names them apart', () => {
    const places = boundMethods().map(({ binding: { verb, path } }) => `${verb} ${path.replaceAll(/:\w+/g, '*')}`);
    expect(new Set(places).size).to.equal(places.length);
    const names = boundMethods().map(({ method, binding }) => operationOf(method, binding).id);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('takes each field of a request from one place that can carry it', () => {
    for (const { method, binding } of boundMethods()) {
      const fields = new Map(method.input.fields.map((field) => [field.name, field]));
      for (const name of namesIn(binding.path)) {
        expect(fields.get(name)?.fieldKind, `${method.name} ${name}`).to.equal('scalar');
        expect(fields.get(name)?.jsonName, `${method.name} ${name}`).to.equal(name);
      }
      for (const name of binding.without ?? []) expect(fields.has(name), `${method.name} ${name}`).to.equal(true);
      if (!isByQuery(binding)) continue;
      const rest = restOf(method.input, binding);
      const whole = rest.filter((field) => field.message !== undefined);
      expect(
        whole.map(({ name }) => name),
        method.name,
      ).to.deep.equal([]);
    }
  });

  it('changes nothing by GET, and has conditions for changes alone', () => {
    const READS = /^(?:get|list|stream|suggest|plan|whoAmI|verifyChain)/;
    for (const { method, binding } of boundMethods()) {
      if (binding.verb === 'GET') expect(method.localName).to.match(READS);
      if (binding.isMatched === true) expect(binding.verb, method.localName).not.to.equal('GET');
    }
  });
});
