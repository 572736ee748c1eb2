import { Pool } from 'undici';

/** Somewhere a chat is asked. */
export interface Place {
  readonly name: 'direct' | 'proxy' | 'router';
  readonly origin: string;
  readonly path: string;
}

const BODY = JSON.stringify({ prompt: 'How fast is this?', temperature: 0.2, max_tokens: 16 });
const HEADERS = { 'content-type': 'application/json' };

/** Milliseconds that each of some questions took, one after another over one connection. */
export async function oneByOne(place: Place, questions: number): Promise<number[]> {
  const pool = new Pool(place.origin, { connections: 1, pipelining: 1 });
  try {
    const taken: number[] = [];
    for (let count = 0; count < questions; count += 1) {
      const beganMs = performance.now();
      await ask(pool, place);
      taken.push(performance.now() - beganMs);
    }
    return taken;
  } finally {
    await pool.close();
  }
}

/** Questions a second, with so many at once for so long. */
export async function manyAtOnce(place: Place, atOnce: number, ms: number): Promise<number> {
  const pool = new Pool(place.origin, { connections: atOnce, pipelining: 1 });
  try {
    let answered = 0;
    const beganMs = performance.now();
    const one = async (): Promise<void> => {
      while (performance.now() - beganMs < ms) {
        await ask(pool, place);
        answered += 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
    return (answered / (performance.now() - beganMs)) * 1000;
  } finally {
    await pool.close();
  }
}

async function ask(pool: Pool, { name, path }: Place): Promise<void> {
  const { statusCode, body } = await pool.request({ method: 'POST', path, headers: HEADERS, body: BODY });
  const text = await body.text();
  if (statusCode !== 200 || !text.includes('"quick"')) throw new Error(`${name}: ${String(statusCode)} ${text}`);
}
