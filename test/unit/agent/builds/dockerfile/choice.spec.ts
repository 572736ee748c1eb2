import { expect } from 'chai';
import { chooseBuilder } from '../../../../../agent/builds/dockerfile/choice.js';
import type { BuilderSetting } from '../../../../../agent/builds/dockerfile/choice.js';
import { readDockerfile } from '../../../../../agent/builds/dockerfile/needs.js';

const PLAIN = 'FROM a\nRUN true\n';
const MOUNT = 'FROM a\nRUN --mount=type=cache,target=/c true\n';
const DOCUMENT = 'FROM a\nRUN <<E\ntrue\nE\n';
const NETWORK = 'FROM a\nRUN --network=none true\n';
const NEWER = 'FROM a\nCOPY --newer a b\n';
const OWN = '# syntax=docker/dockerfile:1.4\n';
const LABS = '# syntax=docker.io/docker/dockerfile:1-labs\n';
const PINNED = '# syntax=docker/dockerfile:1@sha256:0\n';
const OTHERS = '# syntax=example.org/frontend:2\n';

interface Case {
  readonly text: string;
  readonly version?: string;
  readonly setting?: BuilderSetting;
  readonly noBuildkit?: string;
}

/** The builder with the frontend where there is one and a mark where `# syntax=` is left aside, or the reason of a refusal. */
function chosen({ text, version = '20.10.24', setting = 'auto', noBuildkit = '' }: Case): string {
  const choice = chooseBuilder({ setting, facts: readDockerfile(text, {}), engine: { version, noBuildkit } });
  if ('reason' in choice) return choice.reason;
  const { builder, frontend, dropSyntax } = choice;
  return [builder, frontend, dropSyntax === undefined ? '' : 'dropped'].filter((part) => part !== '').join(' ');
}

describe('the builder of a Dockerfile', () => {
  const cases: readonly (readonly [title: string, question: Case, expected: string])[] = [
    ['is the classic one where nothing asks for BuildKit', { text: PLAIN }, 'classic'],
    ['is so, whatever version of the common frontend is named', { text: PINNED + PLAIN }, 'classic'],
    ['is BuildKit where something asks for it', { text: MOUNT }, 'buildkit'],
    ['is BuildKit for a frontend of others', { text: OTHERS + PLAIN }, 'buildkit example.org/frontend:2'],
    ['needs no frontend where the engine knows all', { text: OWN + MOUNT }, 'buildkit dropped'],
    ['takes its frontend where it knows more', { text: OWN + DOCUMENT }, 'buildkit docker/dockerfile:1.4'],
    ['knows more on a newer engine', { text: LABS + DOCUMENT, version: '23.0.1' }, 'buildkit dropped'],
    ['takes the very frontend of a digest', { text: PINNED + MOUNT }, 'buildkit docker/dockerfile:1@sha256:0'],
    [
      'takes its frontend for what is not known here',
      { text: OWN + NEWER, version: '28.0' },
      'buildkit docker/dockerfile:1.4',
    ],
    ['is asked for what is not known here', { text: NEWER, version: '28.0' }, 'buildkit'],
    ['is none for what the engine does not know yet', { text: DOCUMENT }, 'build_syntax_unknown'],
    ['is none for a flag that the engine does not know yet', { text: NETWORK }, 'build_syntax_unknown'],
    ['takes a version without numbers for a new one', { text: DOCUMENT, version: 'dev' }, 'buildkit'],
    ['is none where BuildKit is asked for in vain', { text: MOUNT, noBuildkit: 'no' }, 'build_needs_buildkit'],
    [
      'is the classic one for a plain file where there is no BuildKit',
      { text: OTHERS + PLAIN, noBuildkit: 'no' },
      'classic',
    ],
    ['is BuildKit for all where that is set', { text: PLAIN, setting: 'buildkit' }, 'buildkit'],
    ['is none where it is set in vain', { text: PLAIN, setting: 'buildkit', noBuildkit: 'no' }, 'build_needs_buildkit'],
    ['is the classic one for all where that is set', { text: OTHERS + PLAIN, setting: 'classic' }, 'classic'],
    [
      'is none for what the classic one, which is set, cannot',
      { text: MOUNT, setting: 'classic' },
      'build_needs_buildkit',
    ],
    ['is none for secrets', { text: 'FROM a\nRUN --mount=type=secret,id=k true\n' }, 'build_mount_unknown'],
  ];
  for (const [title, question, expected] of cases)
    it(title, () => {
      expect(chosen(question)).to.equal(expected);
    });

  it('says why, with the line', () => {
    const why = (text: string, setting: BuilderSetting = 'auto', noBuildkit = ''): string => {
      const engine = { version: '20.10.24', noBuildkit };
      const choice = chooseBuilder({ setting, facts: readDockerfile(text, {}), engine });
      return 'reason' in choice ? choice.text : choice.why;
    };
    expect(why(OWN + MOUNT))
      .to.include('line 3: RUN --mount')
      .and.include('line 1');
    expect(why(DOCUMENT)).to.include('line 2: RUN with a here-document').and.include('23').and.include('20.10.24');
    expect(why(MOUNT, 'auto', 'it rains'))
      .to.include('line 2: RUN --mount')
      .and.include('it rains');
    expect(why(MOUNT, 'classic')).to.include('builds.builder');
    expect(why(OTHERS + PLAIN, 'auto', 'it rains')).to.include('it rains');
  });
});
