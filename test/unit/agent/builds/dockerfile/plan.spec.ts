import { expect } from 'chai';
import type { BuilderSetting } from '../../../../../agent/builds/dockerfile/choice.js';
import { planBuild } from '../../../../../agent/builds/dockerfile/plan.js';
import type { BuildPlan } from '../../../../../agent/builds/dockerfile/plan.js';
import { expectReason } from '../../../../support/expect-reason.js';

const DOCUMENT = 'FROM a\nRUN <<E\ntrue\nE\n';

describe('the plan of a build', () => {
  interface Question {
    readonly version?: string;
    readonly setting?: BuilderSetting;
    readonly noBuildkit?: string;
  }

  function plan(text: string | undefined, { version = '20.10.24', setting = 'auto', noBuildkit = '' }: Question = {}) {
    const build = { dockerfile: 'sub/Dockerfile', recipe: '' };
    const readText = (): Promise<string | undefined> => Promise.resolve(text);
    return planBuild({ build, readText, setting, engine: { version, noBuildkit } });
  }

  /** The builder, and a mark where it is given another text than came. */
  function shown({ builder, written, frontend }: BuildPlan): string {
    return [builder, frontend, written === undefined ? '' : 'rewritten'].filter((part) => part !== '').join(' ');
  }

  it('leaves what came as it is where the builder knows it', async () => {
    expect(shown(await plan('FROM a\nRUN true\n'))).to.equal('classic');
    expect(shown(await plan(DOCUMENT, { version: '23.0.0' }))).to.equal('buildkit');
    expect(shown(await plan(`# syntax=example.org/f:1\n${DOCUMENT}`))).to.equal('buildkit example.org/f:1');
  });

  it('rewrites here-documents of RUN for builders that know none, and says of which lines', async () => {
    const made = await plan(DOCUMENT);
    expect(shown(made)).to.equal('classic rewritten');
    expect(made.why).to.include('line 2');
    expect(made.written?.path).to.equal('sub/Dockerfile');
    expect(shown(await plan(DOCUMENT, { setting: 'classic', version: '28.0.0' }))).to.equal('classic rewritten');
    expect(shown(await plan(DOCUMENT, { noBuildkit: 'no', version: '28.0.0' }))).to.equal('classic rewritten');
    const mounting = DOCUMENT.replace('RUN', 'RUN --mount=type=cache,target=/c');
    const both = await plan(`# syntax=docker/dockerfile:1\n${mounting}`);
    expect(shown(both)).to.equal('buildkit rewritten');
    expect(both.written?.text).to.match(/^# syntax: docker.dockerfile:1\nFROM a\nRUN --mount=\S+ eval [^]*\n#\n#\n$/);
  });

  it('refuses those of COPY, which no line of an older engine stands for', async () => {
    await expectReason(plan(`${DOCUMENT}COPY <<E /to\nE\n`), 'build_syntax_unknown');
  });

  it('leaves a Dockerfile that is not there to the builder, and takes a recipe as one', async () => {
    expect(shown(await plan(undefined))).to.equal('classic');
    const build = { dockerfile: '', recipe: 'FROM b\n' };
    const engine = { version: '20.10.24', noBuildkit: '' };
    const made = await planBuild({ build, readText: () => Promise.resolve('FROM c'), setting: 'buildkit', engine });
    expect(made).to.deep.include({ builder: 'buildkit', dockerfile: 'Dockerfile.headframe', images: ['b'] });
    expect(made.written).to.deep.equal({ path: 'Dockerfile.headframe', text: 'FROM b\n' });
  });
});
