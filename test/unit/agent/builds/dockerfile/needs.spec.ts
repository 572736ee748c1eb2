import { expect } from 'chai';
import { readDockerfile } from '../../../../../agent/builds/dockerfile/needs.js';

/** What a Dockerfile needs, each as `line what`. */
function needs(text: string): string[] {
  return readDockerfile(text, {}).needs.map(({ line, what }) => `${String(line)} ${what}`);
}

describe('what a Dockerfile needs of its builder', () => {
  it('is nothing for what the classic builder has always built', () => {
    const text = [
      '# escape=\\',
      'ARG BASE=debian',
      'FROM --platform=linux/amd64 $BASE AS make',
      'ARG TARGETARCH=amd64',
      'RUN echo "--mount=type=cache" $((1<<3)) \\',
      '  && cat --link x',
      'COPY --from=make --chown=1:1 a b',
      'ADD --chown=1:1 a b',
      'HEALTHCHECK --interval=1s --retries=2 CMD true',
    ].join('\n');
    expect(needs(text)).to.deep.equal([]);
  });

  it('is named by instruction and line, inside of ONBUILD and after lines that go on, too', () => {
    const text = [
      '# syntax=docker/dockerfile:1',
      'FROM --platform=$BUILDPLATFORM a',
      'ARG TARGETARCH',
      'RUN --mount=type=cache,target=/c \\',
      '  --network=none true',
      'RUN <<EOF',
      'FROM here is no instruction',
      'EOF',
      'COPY --chmod=755 --link a b',
      'COPY <<A <<-"B" /to/',
      'A',
      'B',
      'ADD <<A /to/',
      'A',
      'ADD --checksum=sha256:0 https://a/b c',
      'COPY --parents a b',
      'ONBUILD RUN --mount=type=tmpfs,target=/t true',
    ].join('\n');
    expect(needs(text)).to.deep.equal([
      '2 FROM --platform with a variable of the platform',
      '3 ARG TARGETARCH',
      '4 RUN --mount',
      '4 RUN --network',
      '6 RUN with a here-document',
      '9 COPY --chmod',
      '9 COPY --link',
      '10 COPY with a here-document',
      '13 ADD with a here-document',
      '15 ADD --checksum',
      '16 COPY --parents',
      '17 ONBUILD RUN --mount',
    ]);
    expect(readDockerfile(text, {}).syntax).to.deep.equal({ image: 'docker/dockerfile:1', line: 1 });
  });

  it('tells since which engine each is known, and of what is new nothing', () => {
    const { needs: found } = readDockerfile('FROM a\nRUN --mount=type=cache,target=/c <<E\nE\nCOPY --new a b\n', {});
    expect(found.map(({ since }) => since)).to.deep.equal([[20, 10], [23, 0], undefined]);
  });

  it('names mounts of what no build is given', () => {
    const { unmet } = readDockerfile(
      'FROM a\nRUN --mount=type=cache,target=/c true\nRUN --mount=target=/k,type=ssh x\n',
      {},
    );
    expect(unmet.map(({ line, what }) => `${String(line)} ${what}`)).to.deep.equal(['3 RUN --mount=type=ssh']);
  });

  it('names the images that it builds on or copies from, by its ARGs and what is given for them', () => {
    const text = [
      'ARG REGISTRY=example.org/',
      'ARG TAG',
      'ARG OTHER="x"',
      'FROM ${REGISTRY}base:${TAG:-1} AS one',
      'FROM one AS two',
      'FROM scratch',
      'FROM $OTHER:$TAG',
      'ARG LATE=no',
      'FROM $LATE',
      'COPY --from=two a b',
      'COPY --from=0 a b',
      'COPY --from=tools:2 a b',
      'RUN --mount=type=bind,from=more@sha256:0,target=/m true',
    ].join('\n');
    const rest = ['tools:2', 'more@sha256:0'];
    expect(readDockerfile(text, {}).images).to.deep.equal(['example.org/base:1', ...rest]);
    expect(readDockerfile(text, { TAG: '7' }).images).to.deep.equal(['example.org/base:7', 'x:7', ...rest]);
  });
});
