import { expect } from 'chai';
import { BuildProgress } from '../../../../../../agent/runtime/docker/buildkit/progress.js';
import { readTrace } from '../../../../../../agent/runtime/docker/buildkit/trace.js';
import type { Vertex } from '../../../../../../agent/runtime/docker/buildkit/trace.js';

/** As Docker Engine 20.10.24 sent them for a step that says `aéb` and exits with 7. */
const STEP = 'sha256:269a0119b5b84230ccd364ac99ec4eef0d1e510ec7f6661e70350fabb3c1ec4b';
const RECORDED = {
  begun:
    'Cr0BCkdzaGEyNTY6MjY5YTAxMTliNWI4NDIzMGNjZDM2NGFjOTllYzRlZWYwZDFlNTEwZWM3ZjY2NjFlNzAzNTBmYWJiM2MxZWM0YhJHc2hhMjU2OmM3NThkMzE3YjVlODRhMTU3NTM1N2M1NGM4MjhiMGZhZGE5MWM3NmMyODRiODIzZTFhM2YyNTU3MjgxOTc0ZWQaG1syLzJdIFJVTiBlY2hvIGHDqWI7IGV4aXQgNyoMCNbpjNgGEMbT0NcC',
  said: 'Gl8KR3NoYTI1NjoyNjlhMDExOWI1Yjg0MjMwY2NkMzY0YWM5OWVjNGVlZjBkMWU1MTBlYzdmNjY2MWU3MDM1MGZhYmIzYzFlYzRiEgsI1+mM2AYQ182MFhgBIgVhw6liCg==',
  failed:
    'CpACCkdzaGEyNTY6MjY5YTAxMTliNWI4NDIzMGNjZDM2NGFjOTllYzRlZWYwZDFlNTEwZWM3ZjY2NjFlNzAzNTBmYWJiM2MxZWM0YhJHc2hhMjU2OmM3NThkMzE3YjVlODRhMTU3NTM1N2M1NGM4MjhiMGZhZGE5MWM3NmMyODRiODIzZTFhM2YyNTU3MjgxOTc0ZWQaG1syLzJdIFJVTiBlY2hvIGHDqWI7IGV4aXQgNyoMCNbpjNgGEMbT0NcCMgsI1+mM2AYQgZf/JTpEZXhlY3V0b3IgZmFpbGVkIHJ1bm5pbmcgWy9iaW4vc2ggLWMgZWNobyBhw6liOyBleGl0IDddOiBleGl0IGNvZGU6IDc=',
  // Of 26.1.5, for a step that it knew from before.
  cached:
    'Cs0BCkdzaGEyNTY6ODgwYzAxMTc1N2ZhYTM3NWMzM2Y0ZmY4ZWI1MzQ3NGM4NjhkODU3NTI0OTRmMzY2NGQ3NjE5NmI5Nzc5M2RkYhJHc2hhMjU2OmM3NThkMzE3YjVlODRhMTU3NTM1N2M1NGM4MjhiMGZhZGE5MWM3NmMyODRiODIzZTFhM2YyNTU3MjgxOTc0ZWQaG1syLzJdIFJVTiA8PEVPRiAoZWNobyBhLi4uKSABKgwI1+mM2AYQ74X0lwMyDAjX6YzYBhDIk/WXAw==',
} as const;

function recorded(name: keyof typeof RECORDED) {
  return readTrace(Buffer.from(RECORDED[name], 'base64'));
}

function vertex(more: Partial<Vertex> = {}): Vertex {
  return {
    digest: 'a',
    name: '[1/1] RUN it',
    cached: false,
    startedMs: 1000,
    completedMs: undefined,
    error: '',
    ...more,
  };
}

describe('the trace of BuildKit', () => {
  it('is read as engines send it', () => {
    const [begun] = recorded('begun').vertexes;
    expect(begun).to.include({ digest: STEP, name: '[2/2] RUN echo aéb; exit 7', cached: false, error: '' });
    expect(begun?.startedMs).to.be.closeTo(1_795_372_246_720.6, 0.1);
    expect(begun?.completedMs).to.equal(undefined);
    const [said] = recorded('said').outputs;
    expect(said?.vertex).to.equal(STEP);
    expect(Buffer.from(said?.bytes ?? []).toString()).to.equal('aéb\n');
    expect(recorded('failed').vertexes[0]?.error).to.match(/exit code: 7$/);
    expect(recorded('cached').vertexes[0]?.cached).to.equal(true);
  });

  it('is passed over where a field is not known, and refused where it is cut', () => {
    // Field 9, a text; field 10, a number; then nothing.
    expect(readTrace(Uint8Array.of(0x4a, 2, 1, 2, 0x50, 5))).to.deep.equal({ vertexes: [], outputs: [] });
    expect(() => readTrace(Buffer.from(RECORDED.begun, 'base64').subarray(0, 40))).to.throw();
  });
});

describe('the lines of a build by BuildKit', () => {
  const said = (text: string | Uint8Array, digest = 'a') => ({
    vertexes: [],
    outputs: [{ vertex: digest, bytes: Buffer.from(text) }],
  });
  const heard = (...vertexes: Vertex[]) => ({ vertexes, outputs: [] });

  it('tell a step, its output and its end', () => {
    const progress = new BuildProgress();
    const lines = (['begun', 'said', 'failed', 'cached'] as const).flatMap((name) => progress.hear(recorded(name)));
    expect(lines).to.deep.equal([
      '#1 [2/2] RUN echo aéb; exit 7',
      '#1 aéb',
      '#1 failed: executor failed running [/bin/sh -c echo aéb; exit 7]: exit code: 7',
      '#2 [2/2] RUN <<EOF (echo a...)',
      '#2 taken from the cache',
    ]);
  });

  it('put together what comes in pieces, characters among them, and tell the rest at the end', () => {
    const progress = new BuildProgress();
    progress.hear(heard(vertex()));
    const bytes = Buffer.from('né\nrest');
    expect(progress.hear(said(bytes.subarray(0, 2)))).to.deep.equal([]);
    expect(progress.hear(said(bytes.subarray(2)))).to.deep.equal(['#1 né']);
    const end = vertex({ completedMs: 2500 });
    expect(progress.hear(heard(end))).to.deep.equal(['#1 rest', '#1 done in 1s500ms']);
    expect(progress.hear(heard(end))).to.deep.equal([]);
  });

  it('keep steps apart that run side by side, and the last state of a line that is drawn again', () => {
    const progress = new BuildProgress();
    progress.hear(heard(vertex(), vertex({ digest: 'b' })));
    expect([...progress.hear(said('10%\r99%\r\n', 'b')), ...progress.hear(said('x\n'))]).to.deep.equal([
      '#2 99%',
      '#1 x',
    ]);
  });

  it('leave out what the builder does for itself unless it fails, and what has not begun', () => {
    const progress = new BuildProgress();
    const own = vertex({ name: '[internal] load metadata for a' });
    expect(progress.hear(heard(own, vertex({ digest: 'b', startedMs: undefined })))).to.deep.equal([]);
    expect(progress.hear(said('lost\n', 'none'))).to.deep.equal([]);
    expect(progress.hear(heard({ ...own, completedMs: 1001, error: 'no such host' }))).to.deep.equal([
      '#1 [internal] load metadata for a',
      '#1 failed: no such host',
    ]);
  });

  it('are bounded, although a step ends no line', () => {
    const progress = new BuildProgress();
    progress.hear(heard(vertex({ name: `RUN ${'x'.repeat(400)}\nsecond` })));
    expect(progress.hear(said('y'.repeat(5000))).map((line) => line.length)).to.deep.equal([5003]);
    expect(progress.hear(said('z\n'))).to.deep.equal(['#1 z']);
  });
});
