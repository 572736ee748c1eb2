import { expect } from 'chai';
import fc from 'fast-check';
import { engineEventOf } from '../../../../../agent/runtime/docker/event.js';
import { layerProgressOf } from '../../../../../agent/runtime/docker/docker-image-engine.js';
import { jsonLines } from '../../../../../agent/runtime/docker/json-lines.js';
import { logParameters } from '../../../../../agent/runtime/docker/log-parameters.js';
import { demultiplex } from '../../../../../agent/runtime/docker/multiplexed.js';
import { collect } from '../../../../support/runtime-fixture.js';

/** The bytes in pieces of the given sizes, over and over. */
async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe('newline-delimited JSON', () => {
  it('is read whole wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 8 }), sizes, async (values, pieces) => {
        const bytes = Buffer.from(values.map((value) => JSON.stringify(value)).join('\n'));
        const read: unknown[] = [];
        for await (const value of jsonLines(cut(bytes, pieces))) read.push(value);
        expect(JSON.stringify(read)).to.equal(JSON.stringify(values));
      }),
    );
  });
});

describe('multiplexed output', () => {
  it('is taken apart wherever it is cut', async () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string({ maxLength: 60 })), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(frames, sizes, async (parts, pieces) => {
        const bytes = Buffer.concat(parts.map(([stream, text]) => frame(stream, text)));
        const text = (stream: number): string =>
          parts
            .filter(([of]) => of === stream)
            .map(([, part]) => part)
            .join('');
        expect(await collect(demultiplex(cut(bytes, pieces)))).to.deep.equal({ stdout: text(1), stderr: text(2) });
      }),
    );
  });

  it("gives bytes that are the receiver's to keep", async () => {
    const source = frame(1, 'hello');
    for await (const { data } of demultiplex(cut(source, [100]))) {
      source.fill(0);
      expect(Buffer.from(data).toString()).to.equal('hello');
    }
  });
});

describe('an engine event', () => {
  const event = (Action: string, serial = '7') =>
    engineEventOf({ Action, Actor: { ID: 'abc', Attributes: { 'headframe.serial': serial, exitCode: '1' } } })?.event;

  it('says what happened to which instance', () => {
    const kinds = ['start', 'die', 'destroy', 'oom', 'health_status: healthy'].map((action) => event(action)?.kind);
    expect(kinds).to.deep.equal(['started', 'ended', 'removed', 'outOfMemory', 'health']);
    expect(event('die')?.serial).to.equal(7);
  });

  it('says nothing of other containers and other actions', () => {
    expect(event('die', '')).to.equal(undefined);
    expect(event('exec_start: sh')).to.equal(undefined);
    for (const message of [null, 3, 'x', [], {}, { Action: 1, Actor: null }])
      expect(engineEventOf(message)).to.equal(undefined);
  });
});

describe('a pull message', () => {
  it('tells bytes of a layer only while it is downloaded', () => {
    const at = (status: string) =>
      layerProgressOf({ id: '0123456789ab', status, progressDetail: { current: 5, total: 9 } });
    expect(at('Downloading')).to.deep.include({
      layer: '0123456789ab',
      phase: 'downloading',
      doneBytes: 5,
      totalBytes: 9,
    });
    expect(at('Extracting')).to.deep.include({ phase: 'done', doneBytes: 0, totalBytes: 0 });
    expect(at('Waiting')).to.deep.include({ phase: 'waiting', doneBytes: 0 });
  });

  it('takes the tag for no layer', () => {
    expect(layerProgressOf({ id: 'latest', status: 'Pulling from library/busybox' }).layer).to.equal('');
  });
});

describe('log parameters', () => {
  it('ask for both streams and only for what is wanted', () => {
    const query = { follow: false, tail: undefined, sinceMs: 0, timestamps: false };
    const common = { stdout: '1', stderr: '1' };
    expect(logParameters(query)).to.deep.equal({ ...common, follow: '0', timestamps: '0', tail: 'all' });
    expect(logParameters({ follow: true, tail: 0, sinceMs: 1_500, timestamps: true })).to.deep.equal({
      ...common,
      follow: '1',
      timestamps: '1',
      tail: '0',
      since: '1.500',
    });
  });
});
