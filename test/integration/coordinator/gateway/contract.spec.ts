import { expect } from 'chai';
import { toJson } from '@bufbuild/protobuf';
import { MinerSpecSchema } from '../../../../common/gen/headframe/v1/miner_pb.js';
import { boundMethods } from '../../../../coordinator/gateway/contract/routes.js';
import { wireSpec } from '../../../support/coordinator-fixture.js';
import { openGatewayFixture } from '../../../support/gateway-fixture.js';
import type { GatewayFixture } from '../../../support/gateway-fixture.js';
import { waitFor } from '../../../support/wait-for.js';

/** What of an answer is asserted. */
interface Told {
  readonly miner: { readonly revision: string; readonly spec: { readonly name: string; readonly replicas: number } };
  readonly miners: readonly { readonly spec: { readonly name: string } }[];
  readonly nextPageToken: string;
  readonly results: readonly { readonly change: string }[];
  readonly violations: readonly { readonly path: string }[];
}

describe('the contract over HTTP', () => {
  let gateway: GatewayFixture;
  let operator: string;
  const send: GatewayFixture['send'] = (...said) => gateway.send(...said);
  // As much of it as is asserted.
  const told = (json: object): Told => json as Told;
  const specOf = (name: string, replicas = 0) => toJson(MinerSpecSchema, wireSpec({ name, replicas }));

  before(async () => {
    gateway = await openGatewayFixture();
    operator = await gateway.token('operator');
    await gateway.connect('host-1');
  });
  after(() => gateway.close());

  it('applies, shows, scales and deletes a miner, as gRPC sees it, too', async () => {
    const applied = await send(operator, 'POST /v1/miners', { miners: [specOf('first')], newOnly: true });
    expect(applied.status, applied.text).to.equal(200);
    expect(told(applied.json).results[0]?.change).to.equal('APPLY_CHANGE_CREATED');
    const again = await send(operator, 'POST /v1/miners', { miners: [specOf('first')], newOnly: true });
    expect(again.status).to.equal(409);
    expect(again.json).to.include({ reason: 'miner_exists', code: 'already_exists' });
    expect(again.json['remedy']).to.be.a('string');
    const scaled = await send(operator, 'POST /v1/miners/first/scale', { replicas: 2 });
    expect(told(scaled.json).miner.spec.replicas).to.equal(2);
    expect((await gateway.fleet.getMiner({ name: 'first' })).miner?.spec?.replicas).to.equal(2);
    const refused = await send(operator, 'POST /v1/miners/first/scale', { replicas: 2_000_000 });
    expect(refused.status).to.equal(400);
    expect(told(refused.json).violations.map(({ path }) => path)).to.deep.equal(['replicas']);
    expect((await send(operator, 'DELETE /v1/miners/first')).status).to.equal(200);
    await waitFor('its end', async () => (await send(operator, 'GET /v1/miners/first')).status === 404 || undefined);
  });

  it('pages lists', async () => {
    await gateway.apply(
      { name: 'page-a', replicas: 0 },
      { name: 'page-b', replicas: 0 },
      { name: 'page-c', replicas: 0 },
    );
    const names: string[] = [];
    let pageToken = '';
    do {
      const { json } = await send(operator, `GET /v1/miners?pageSize=2&pageToken=${encodeURIComponent(pageToken)}`);
      const page = told(json);
      expect(page.miners).to.have.lengthOf.at.most(2);
      names.push(...page.miners.map(({ spec }) => spec.name));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(names).to.include.members(['page-a', 'page-b', 'page-c']);
  });

  it('has plots made where a host is named, and laid over the fleet where none is', async () => {
    const wish = { sizeBytes: String(100 * 2 ** 20), cacheLevels: 6 };
    const asked = async (path: string, more: object = {}) => {
      const { status, json } = await send(operator, `POST ${path}`, { ...wish, ...more });
      return [status, json['reason']];
    };
    expect(await asked('/v1/hosts/host-1/plots')).to.deep.equal([409, 'plots_disabled']);
    expect(await asked('/v1/plots', { host: 'host-1' })).to.deep.equal([409, 'plots_disabled']);
    expect(await asked('/v1/plots', { count: 3, diskClass: 'PLOT_DISK_CLASS_HDD' })).to.deep.equal([
      409,
      'plot_disk_full',
    ]);
    expect(await asked('/v1/plots', { folder: '/plots' })).to.deep.equal([400, 'request_invalid']);
    const { paths } = (await send(operator, 'GET /openapi.json')).json as {
      paths: Record<string, { post?: { operationId: string; parameters: { in: string }[] } }>;
    };
    const placed = [paths['/v1/plots']?.post, paths['/v1/hosts/{host}/plots']?.post];
    expect(placed.map((post) => post?.operationId)).to.deep.equal(['createPlots', 'createPlot']);
    expect(placed.map((post) => post?.parameters.some((one) => one.in === 'path'))).to.deep.equal([false, true]);
  });

  it('answers 304 to who has it, and 412 to who changes what has changed since', async () => {
    await gateway.apply({ name: 'tagged', replicas: 0 });
    const { headers } = await send(operator, 'GET /v1/miners/tagged');
    const etag = String(headers['etag']);
    const known = await send(operator, 'GET /v1/miners/tagged', undefined, { 'if-none-match': etag });
    expect([known.status, known.text]).to.deep.equal([304, '']);
    const scale = (replicas: number) =>
      send(operator, 'POST /v1/miners/tagged/scale', { replicas }, { 'if-match': etag });
    expect((await scale(1)).status).to.equal(200);
    const late = await scale(3);
    expect(late.status).to.equal(412);
    expect(late.json).to.include({ reason: 'revision_changed' });
    expect((await gateway.fleet.getMiner({ name: 'tagged' })).miner?.spec?.replicas).to.equal(1);
    expect((await send(operator, 'GET /v1/miners/tagged', undefined, { 'if-none-match': etag })).status).to.equal(200);
    const many = { miners: [specOf('tagged'), specOf('other')] };
    expect((await send(operator, 'POST /v1/miners', many, { 'if-match': '*' })).status).to.equal(400);
    const elsewhere = await send(operator, 'POST /v1/plan', { miners: [specOf('tagged')] }, { 'if-match': '*' });
    expect([elsewhere.status, elsewhere.json['reason']]).to.deep.equal([400, 'condition_unknown']);
  });

  it('heeds If-Match wherever it says so', async () => {
    await gateway.apply({ name: 'matched', replicas: 0 });
    const places: Readonly<Record<string, string>> = { ':name': 'matched', ':host': 'host-1' };
    const matched = boundMethods().filter(({ binding }) => binding.isMatched === true);
    expect(matched).to.have.lengthOf.above(10);
    for (const { method, binding } of matched) {
      const path = binding.path.replaceAll(/:\w+/g, (name) => places[name] ?? name);
      const body = method.localName === 'applyMiners' ? { miners: [specOf('matched', 4)] } : {};
      const isBare = binding.verb === 'DELETE';
      const answer = await send(operator, `${binding.verb} ${path}`, isBare ? undefined : body, { 'if-match': '"1"' });
      expect([answer.status, answer.json['reason']], method.name).to.deep.equal([412, 'revision_changed']);
    }
    expect((await gateway.fleet.getMiner({ name: 'matched' })).miner?.spec?.replicas).to.equal(0);
  });

  it('does once what is asked for twice under one key', async () => {
    await gateway.apply({ name: 'keyed', replicas: 0 });
    const scale = (replicas: number) =>
      send(operator, 'POST /v1/miners/keyed/scale', { replicas }, { 'idempotency-key': 'retry-0001' });
    const first = await scale(2);
    await send(operator, 'POST /v1/miners/keyed/scale', { replicas: 5 });
    const second = await scale(2);
    expect(second.text).to.equal(first.text);
    expect(second.headers['idempotency-replayed']).to.equal('true');
    expect((await gateway.fleet.getMiner({ name: 'keyed' })).miner?.spec?.replicas).to.equal(5);
    expect((await scale(3)).status).to.equal(422);
  });

  it('tells events line by line', async () => {
    await gateway.apply({ name: 'eventful', replicas: 0 });
    const { status, headers, text } = await send(operator, 'GET /v1/events?miner=eventful');
    expect([status, headers['content-type']]).to.deep.equal([200, 'application/x-ndjson']);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly events: readonly { readonly miner: string }[] });
    expect(lines.flatMap(({ events }) => events.map(({ miner }) => miner))).to.include('eventful');
    expect((await send(operator, 'GET /v1/events?follow=true')).status).to.equal(400);
    const past = await send(operator, 'GET /v1/events?afterRevision=999999999');
    expect([past.status, past.json['reason']]).to.deep.equal([410, 'revision_compacted']);
    expect((await send(operator, 'GET /v1/instances/nobody-1/logs')).status).to.equal(404);
  });

  it('lets each role do what it may over gRPC, within its namespaces', async () => {
    await gateway.fleet.applyNamespace({ namespace: { name: 'farm' } });
    await gateway.apply({ name: 'ours', replicas: 0 });
    const [viewer, scheduler, renter] = [
      await gateway.token('viewer'),
      await gateway.token('scheduler', ['farm']),
      await gateway.token('renter', ['farm']),
    ];
    expect((await send(undefined, 'GET /v1/miners')).status).to.equal(401);
    expect((await send(viewer, 'GET /v1/miners')).status).to.equal(200);
    expect((await send(viewer, 'POST /v1/miners/ours/stop', {})).status).to.equal(403);
    expect((await send(scheduler, 'GET /v1/miners/ours')).status).to.equal(404);
    expect(told((await send(scheduler, 'GET /v1/miners')).json).miners).to.deep.equal([]);
    expect((await send(scheduler, 'POST /v1/hosts/host-1/cordon', {})).status).to.equal(403);
    expect((await send(renter, 'GET /v1/hosts')).status).to.equal(403);
    expect((await send(viewer, 'GET /v1/whoami')).json).to.include({ role: 'ROLE_VIEWER' });
  });
});
