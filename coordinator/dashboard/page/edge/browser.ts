/** Unix milliseconds. */
export function nowMs(): number {
  return Date.now();
}

/** Calls back once; the answer forgets it. */
export function after(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  return () => {
    clearTimeout(timer);
  };
}

/** Calls back again and again; the answer ends it. */
export function every(ms: number, call: () => void): () => void {
  const timer = setInterval(call, ms);
  return () => {
    clearInterval(timer);
  };
}

/** 0 ≤ x < 1. */
export function random(): number {
  return Math.random();
}

/** A text that nobody else has. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Calls back before the next picture is drawn, once for however many calls; at once in a second where none is drawn. */
export function onNextPicture(call: () => void): () => void {
  let isDue = false;
  const run = (): void => {
    if (!isDue) return;
    isDue = false;
    call();
  };
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(run);
    // Nothing is drawn of a page that nobody sees.
    setTimeout(run, 1_000);
  };
}

/** Gives the focus to the first field of a form that is marked as wrong, once that is on the screen. */
export function focusFault(form: HTMLElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
