/** A failure the user can mend: what is wrong and exactly what to do about it. */
export class BootstrapError extends Error {}

/** Progress goes to stderr, so that stdout stays free for results. @param {string} text */
export function say(text) {
  process.stderr.write(`headframe: ${text}\n`);
}
