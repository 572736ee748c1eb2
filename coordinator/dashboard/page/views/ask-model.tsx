import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useDesk } from '../desk.js';
import { focusFault, nowMs, onNextPicture } from '../edge/browser.js';
import { problemOf } from '../edge/http.js';
import { Answer } from '../state/answer.js';
import { rounded } from '../state/format.js';
import { NO_QUESTION, questionBody, questionFaults } from '../state/question.js';
import type { Problem } from '../state/problem.js';
import type { QuestionFaults, QuestionForm } from '../state/question.js';
import { hrefOf } from '../state/route.js';
import { Card, Empty } from '../ui/card.js';
import { Field } from '../ui/field.js';
import { ProblemNote } from '../ui/notice.js';

/** A question and what has come of it so far. */
interface Exchange {
  readonly number: number;
  readonly prompt: string;
  readonly beganAtMs: number;
  /** Whose answer it is; '' before. */
  readonly instance: string;
  readonly text: string;
  /** Milliseconds to its end; undefined before. */
  readonly tookMs?: number;
  readonly problem?: Problem;
}

/** Older ones go. */
const MOST_EXCHANGES = 10;

/** Asks a model through the router, as those who use it do, and shows what it answers as it comes. */
export function AskModel({ name }: { readonly name: string }) {
  const silence = useDesk().whyNot('RouterService/AskModel');
  return (
    <Card title="Ask it" aside={<span class="muted">one of its instances answers, in turn</span>}>
      {silence === undefined ? <Asking name={name} /> : <Empty title="It cannot be asked from here">{silence}</Empty>}
    </Card>
  );
}

function Asking({ name }: { readonly name: string }) {
  const form = useSignal(NO_QUESTION);
  const hasTried = useSignal(false);
  const { exchanges, isBusy, ask, stop } = useExchanges(name);
  const faults = hasTried.value ? questionFaults(form.value) : {};
  const submit = (): void => {
    hasTried.value = true;
    if (Object.keys(questionFaults(form.value)).length > 0) return;
    hasTried.value = false;
    ask(form.value);
  };
  return (
    <>
      <form
        class="ask"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) submit();
          focusFault(event.currentTarget);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          if (!isBusy) submit();
        }}
      >
        <QuestionFields form={form.value} faults={faults} onForm={(value) => (form.value = value)} />
        <div class="dialog-actions">
          {isBusy && (
            <button type="button" onClick={stop}>
              Stop
            </button>
          )}
          <button type="submit" class="primary" aria-disabled={isBusy}>
            {isBusy ? 'Answering …' : 'Ask'}
          </button>
        </div>
      </form>
      <div aria-live="polite" aria-busy={isBusy} class="exchanges">
        {exchanges.map((exchange) => (
          <Shown key={exchange.number} exchange={exchange} />
        ))}
      </div>
    </>
  );
}

/** The last questions, the newest first, and how to ask another; one at a time, until the page is left. */
function useExchanges(name: string) {
  const { http } = useDesk();
  const exchanges = useSignal<readonly Exchange[]>([]);
  const isBusy = useSignal(false);
  const over = useRef(new AbortController());
  useEffect(
    () => () => {
      over.current.abort();
    },
    [],
  );
  const ask = async (form: QuestionForm): Promise<void> => {
    isBusy.value = true;
    over.current = new AbortController();
    const [beganAtMs, number] = [nowMs(), (exchanges.value[0]?.number ?? 0) + 1];
    const first: Exchange = { number, prompt: form.prompt, beganAtMs, instance: '', text: '' };
    exchanges.value = [first, ...exchanges.value].slice(0, MOST_EXCHANGES);
    const become = (change: Partial<Exchange>): void => {
      exchanges.value = exchanges.value.map((one) => (one.number === number ? { ...one, ...change } : one));
    };
    let answer = new Answer('');
    const show = onNextPicture(() => {
      become({ text: answer.text });
    });
    const path = `/models/${encodeURIComponent(name)}/chat`;
    const problem = await http
      .ask(
        path,
        questionBody(form),
        {
          begin: ({ instance, contentType }) => {
            answer = new Answer(contentType);
            become({ instance });
          },
          take: (piece) => {
            answer.take(piece);
            show();
            return !answer.isFull;
          },
        },
        over.current.signal,
      )
      .then(
        () => ({}),
        (error: unknown) => ({ problem: problemOf(error) }),
      );
    answer.end();
    become({ text: answer.text, tookMs: nowMs() - beganAtMs, ...problem });
    isBusy.value = false;
  };
  return {
    ...{ exchanges: exchanges.value, isBusy: isBusy.value },
    ask: (form: QuestionForm) => void ask(form),
    stop: () => {
      over.current.abort();
    },
  };
}

interface QuestionFieldsProps {
  readonly form: QuestionForm;
  readonly faults: QuestionFaults;
  readonly onForm: (form: QuestionForm) => void;
}

function QuestionFields({ form, faults, onForm }: QuestionFieldsProps) {
  const bound = (name: keyof QuestionForm) => ({
    ...{ name, value: form[name], fault: faults[name] },
    onValue: (value: string) => {
      onForm({ ...form, [name]: value });
    },
  });
  return (
    <>
      <Field title="Prompt" rows={3} {...bound('prompt')} hint="Ctrl and Enter asks as well" />
      <div class="pair">
        <Field
          title="Temperature"
          type="number"
          {...bound('temperature')}
          hint="0 to 2; empty leaves it to the model"
        />
        <Field
          title="Most tokens"
          type="number"
          {...bound('maxTokens')}
          hint="of the reply; empty leaves it to the model"
        />
      </div>
    </>
  );
}

function Shown({ exchange: { prompt, instance, text, tookMs, problem } }: { readonly exchange: Exchange }) {
  const isLinked = useDesk().whyNot('FleetService/GetInstance') === undefined;
  const isEmpty = text === '' && problem === undefined && tookMs !== undefined;
  return (
    <article class="exchange">
      <p class="asked">{prompt}</p>
      {text !== '' && (
        <pre class="reply" tabIndex={0} aria-label="Reply">
          {text}
        </pre>
      )}
      {isEmpty && <p class="muted">It has answered with nothing.</p>}
      <ProblemNote problem={problem} />
      <p class="muted">
        {instance !== '' && (isLinked ? <a href={hrefOf('instances', instance)}>{instance}</a> : instance)}{' '}
        {tookMs === undefined ? 'Waiting for its answer …' : `${rounded(tookMs / 1000)} s`}
      </p>
    </article>
  );
}
