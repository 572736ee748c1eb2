import { useSignal } from '@preact/signals';
import type { Problem } from '../state/problem.js';
import { Check } from '../ui/check.js';
import { ProblemNote } from '../ui/notice.js';

/** What the login asks for. */
interface LoginProps {
  readonly isTrying: boolean;
  readonly problem: Problem | undefined;
  readonly onToken: (token: string, isKept: boolean) => void;
}

/** Asks for a token. */
export function Login({ isTrying, problem, onToken }: LoginProps) {
  const token = useSignal('');
  const isKept = useSignal(true);
  return (
    <main class="login">
      <form
        class="card"
        aria-labelledby="title"
        onSubmit={(event) => {
          event.preventDefault();
          const shown = token.value.trim();
          if (shown !== '' && !isTrying) onToken(shown, isKept.value);
        }}
      >
        <p class="brand">Headframe</p>
        <h1 id="title">Log in</h1>
        <p class="muted">
          By a bearer token of a person or a program: <code>headframe token create --bearer --role viewer</code>
        </p>
        <label class="field">
          <span>Token</span>
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            value={token.value}
            onInput={(event) => (token.value = event.currentTarget.value)}
          />
        </label>
        <Check title="Keep it until this tab is closed" isSet={isKept} />
        <ProblemNote problem={problem} />
        <button class="primary" type="submit" disabled={isTrying}>
          {isTrying ? 'Logging in …' : 'Log in'}
        </button>
      </form>
    </main>
  );
}
