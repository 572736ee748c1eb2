import { testImage } from './docker.js';

/** What a page must never take for more than text. */
export const MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>';

const SERVE = `#!/bin/busybox sh
length=0
read -r verb path rest
while read -r line; do
  line=\${line%?}
  [ -n "$line" ] || break
  case "$line" in [Cc]ontent-[Ll]ength:*) length=\${line#*: } ;; esac
done
body=$(busybox head -c "$length")
case "$path $body" in
  *nothing*) printf 'HTTP/1.1 401 No\r\nconnection: close\r\n\r\n{"error":"no words <b>left</b>"}' ;;
  /api/chat*)
    printf 'HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\r\n{"response":"to begin with, "}\n'
    busybox sleep 1
    printf '{"response":"${JSON.stringify(MARKUP).slice(1, -1).replaceAll('\\', '\\\\')}"}\n' ;;
  *) printf 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"status":"healthy"}' ;;
esac
`;
/**
 * The Dockerfile of a model that needs no registry. Its build says something for some moments, so that it can be seen; it answers in two
 * pieces a second apart, and refuses what has `nothing` in it with a status that is not about any token of ours.
 */
export const talkingModel: Buffer = Buffer.from(`FROM ${testImage}
RUN for step in 1 2 3; do echo 'step ${MARKUP}'; sleep 0.4; done
RUN echo ${Buffer.from(SERVE).toString('base64')} | base64 -d > /serve && chmod +x /serve
CMD ["busybox", "nc", "-ll", "-p", "3000", "-e", "/serve"]
`);
