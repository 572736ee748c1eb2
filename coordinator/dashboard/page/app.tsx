import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { DeskProvider, openDesk } from './desk.js';
import type { Desk } from './desk.js';
import { createHttp, problemOf } from './edge/http.js';
import type { Problem } from './state/problem.js';
import { keepToken, keptToken } from './edge/kept.js';
import { shortName } from './state/wire.js';
import { Shell } from './shell.js';
import { Login } from './views/login.js';

interface WhoJson {
  readonly role: string;
  readonly name: string;
  readonly namespaces: readonly string[];
}

/** The page: somebody logs in, and has a desk until they leave or their token is no longer good. */
export function App() {
  const desk = useSignal<Desk | undefined>(undefined);
  const isTrying = useSignal(true);
  const problem = useSignal<Problem | undefined>(undefined);
  const leave = (): void => {
    keepToken(undefined);
    desk.value?.close();
    desk.value = undefined;
  };
  const enter = async (token: string | undefined, isKept: boolean): Promise<void> => {
    problem.value = undefined;
    const who = await createHttp(token, () => undefined).get<WhoJson>('/v1/whoami');
    if (token !== undefined) keepToken(isKept ? token : undefined);
    const expelled = (): void => {
      if (desk.value === undefined) return;
      problem.value = { status: 401, reason: 'unauthenticated', detail: 'The token is no longer good: log in again.' };
      leave();
    };
    const { name, namespaces } = who;
    desk.value = openDesk({ name, namespaces, role: shortName(who.role, 'ROLE_') }, token, expelled);
  };
  const tryIn = async (token: string | undefined, isKept: boolean): Promise<void> => {
    isTrying.value = true;
    try {
      await enter(token, isKept);
    } catch (error) {
      problem.value = problemOf(error);
    } finally {
      isTrying.value = false;
    }
  };
  useEffect(() => {
    const token = keptToken();
    // In clear, on this machine alone, nobody is asked who they are.
    if (token !== undefined || location.protocol === 'http:') void tryIn(token, true);
    else isTrying.value = false;
  }, []);
  if (desk.value !== undefined)
    return (
      <DeskProvider value={desk.value}>
        <Shell onLeave={leave} />
      </DeskProvider>
    );
  return (
    <Login isTrying={isTrying.value} problem={problem.value} onToken={(token, isKept) => void tryIn(token, isKept)} />
  );
}
