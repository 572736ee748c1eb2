/** Tells the user something. Progress goes to stderr, so that stdout stays free for results. */
export function say(text: string): void {
  process.stderr.write(`headframe: ${text}\n`);
}
