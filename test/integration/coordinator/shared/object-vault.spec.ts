import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import { systemClock } from '../../../../common/model/clock.js';
import { ContentStore } from '../../../../coordinator/contents/index.js';
import { ObjectParts } from '../../../../coordinator/shared/object-parts.js';
import { ObjectVault } from '../../../../coordinator/shared/object-vault.js';
import { Servers } from '../../../../coordinator/shared/servers.js';
import { SharedBucket } from '../../../../coordinator/shared/shared-bucket.js';
import { expectReason } from '../../../support/expect-reason.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { describeWithNats } from '../../../support/nats.js';
import { startJetStream } from '../../../support/nats-jetstream.js';
import type { JetStreamServer } from '../../../support/nats-jetstream.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const HOUR_MS = 3_600_000;
const MIB = 2 ** 20;
/** Of several pieces each. */
const PART_BYTES = 300 * 1024;

describeWithNats('a vault in the Object Store of NATS', () => {
  let server: JetStreamServer;
  let connection: NatsConnection;
  let clock: ManualClock;
  let name: string;
  let parts: ObjectParts;
  let vault: ObjectVault;
  let vaults = 0;

  before(async () => {
    server = await startJetStream();
    connection = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  });
  beforeEach(async () => {
    vaults += 1;
    [clock, name] = [new ManualClock(), `vault-${String(vaults)}`];
    vault = await open();
  });
  after(async () => {
    await connection.close();
    await server[Symbol.asyncDispose]();
  });

  const open = async (mostBytes = 100 * MIB): Promise<ObjectVault> => {
    const options = { name, replicas: 1, description: 'a test' };
    const servers = new Servers({ clock: systemClock, patienceMs: 1_000, requestMs: 500 });
    const bucket = await SharedBucket.open(connection, options, servers);
    parts = await ObjectParts.open(connection, options, { servers, clock: systemClock });
    return new ObjectVault({ bucket, parts, clock, mostBytes, partBytes: PART_BYTES });
  };
  const archive = (bytes: number) => {
    const content = randomBytes(bytes);
    return { content, kept: { digest: `sha256:${createHash('sha256').update(content).digest('hex')}`, bytes } };
  };
  async function* pieces(content: Buffer): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    for (let at = 0; at < content.length; at += 200_000) yield content.subarray(at, at + 200_000);
  }
  const fetched = async (from: ObjectVault, digest: string): Promise<Buffer | undefined> => {
    const found = await from.fetch(digest);
    if (found === undefined) return undefined;
    const held: Uint8Array[] = [];
    for await (const piece of found) held.push(piece);
    return Buffer.concat(held);
  };

  it('gives to another coordinator what one has put there, in parts, and sends nothing twice', async () => {
    const { content, kept } = archive(2 * PART_BYTES + 7);
    await vault.put(kept, () => pieces(content));
    const other = await open();
    expect(content.equals((await fetched(other, kept.digest)) ?? Buffer.of())).to.equal(true);
    const before = await parts.list();
    expect(before).to.have.length(3);
    await other.put(kept, () => {
      throw new Error('it is there already');
    });
    expect(await parts.list()).to.have.members(before);
    expect([...(await other.digests())]).to.deep.equal([kept.digest]);
    expect(await fetched(other, `sha256:${'0'.repeat(64)}`)).to.equal(undefined);
    const { content: nothing, kept: empty } = archive(0);
    await vault.put(empty, () => pieces(nothing));
    expect(await fetched(other, empty.digest)).to.deep.equal(nothing);
  });

  it('has one of those that two put at once', async () => {
    const { content, kept } = archive(PART_BYTES + 1);
    const other = await open();
    await Promise.all([vault.put(kept, () => pieces(content)), other.put(kept, () => pieces(content))]);
    expect(content.equals((await fetched(vault, kept.digest)) ?? Buffer.of())).to.equal(true);
    expect(await parts.list()).to.have.length(2);
  });

  it('takes no other bytes than those of the digest, and no more than there is room for', async () => {
    const [{ content }, { kept }] = [archive(1000), archive(1000)];
    await expectReason(
      vault.put(kept, () => pieces(content)),
      'module_content_lost',
    );
    expect(await fetched(vault, kept.digest)).to.equal(undefined);
    const small = await open(100_000);
    const large = archive(200_000);
    await expectReason(
      small.put(large.kept, () => pieces(large.content)),
      'module_cache_full',
    );
  });

  it('names what is damaged, and has it whole again from who has it', async () => {
    const { content, kept } = archive(PART_BYTES + 1);
    await vault.put(kept, () => pieces(content));
    const [part = ''] = await parts.list();
    const manager = await connection.jetstreamManager();
    const info = await (await connection.jetstream().views.os(name)).info(part);
    const { messages } = (await manager.streams.info(`OBJ_${name}`)).state;
    await manager.streams.purge(`OBJ_${name}`, { filter: `$O.${name}.C.${info?.nuid ?? ''}` });
    expect((await manager.streams.info(`OBJ_${name}`)).state.messages).to.be.below(messages);
    const refused = await expectReason(fetched(vault, kept.digest), 'module_content_lost');
    expect(refused.message).to.include(kept.digest).and.include(part);
    vault.distrust(kept.digest);
    await vault.put(kept, () => pieces(content));
    expect(content.equals((await fetched(vault, kept.digest)) ?? Buffer.of())).to.equal(true);
    expect(await parts.list()).to.have.length(2);
    await parts.remove((await parts.list())[0] ?? '');
    await expectReason(fetched(vault, kept.digest), 'module_content_lost');
    await (await open()).put(kept, () => pieces(content));
    expect(content.equals((await fetched(vault, kept.digest)) ?? Buffer.of())).to.equal(true);
  });

  it('removes what nobody needed for an hour, and all trace of it, but nothing that somebody has begun to need', async () => {
    const [mine, others, left] = [archive(1000), archive(2000), archive(3000)];
    for (const { content, kept } of [mine, others, left]) await vault.put(kept, () => pieces(content));
    // Of an upload that was cut short.
    await parts.put(`${'0'.repeat(8)}.0`, Buffer.from('half'));
    const isNeeded = (digest: string): boolean => digest === left.kept.digest;
    await vault.sweep(isNeeded);
    clock.advance(HOUR_MS - 1);
    await vault.sweep(isNeeded);
    expect((await vault.digests()).size).to.equal(3);
    // By another coordinator, of which this one knows nothing.
    expect(await (await open()).claim(others.kept.digest)).to.equal(true);
    clock.advance(1);
    await vault.sweep(isNeeded);
    expect(await vault.digests()).to.deep.equal(new Set([others.kept.digest, left.kept.digest]));
    expect(await parts.list()).to.have.length(2);
    clock.advance(HOUR_MS);
    await vault.sweep(isNeeded);
    const { state } = await (await connection.jetstreamManager()).streams.info(`OBJ_${name}`);
    // One piece and its metadata, and no mark of what is gone.
    expect([await fetched(vault, others.kept.digest), state.messages]).to.deep.equal([undefined, 2]);
    expect(await vault.claim(mine.kept.digest)).to.equal(false);
  });

  it('is away when its servers are, which what lies at a coordinator does not need', async () => {
    await using temp = await makeTempDir();
    const needed = (): ReadonlySet<string> => new Set();
    const store = (folder: string): ContentStore => new ContentStore(join(temp.path, folder), MIB, { vault, needed });
    const [one, two] = [store('one'), store('two')];
    const files = [{ path: 'Dockerfile', executable: false, content: Buffer.from('FROM scratch\n') }];
    const { digest } = await one.keep(files, needed);
    expect(await two.read(digest)).to.deep.equal(files);
    await server.kill();
    expect(await one.read(digest)).to.deep.equal(files);
    await expectReason(store('three').read(digest), 'content_vault_away');
    const other = [{ path: 'other', executable: false, content: Buffer.from('other') }];
    await expectReason(one.keep(other, needed), 'content_vault_away');
    await server.restart();
    await waitFor('the connection', () => connection.flush().then(() => true));
    expect(await store('three').read(digest)).to.deep.equal(files);
    await one.keep(other, needed);
    expect((await vault.digests()).size).to.equal(2);
  });
});
