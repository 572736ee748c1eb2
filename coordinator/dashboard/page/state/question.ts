/** A question to a model, as it was typed. */
export interface QuestionForm {
  readonly prompt: string;
  /** 0 to 2; empty leaves it to the model. */
  readonly temperature: string;
  /** Of the reply; empty leaves it to the model. */
  readonly maxTokens: string;
}

/** What the form begins with. */
export const NO_QUESTION: QuestionForm = { prompt: '', temperature: '', maxTokens: '' };

/** What is wrong with a question, by its fields. */
export type QuestionFaults = Partial<Readonly<Record<keyof QuestionForm, string>>>;

/** What is wrong, said before anything is sent; the model judges again. Pure. */
export function questionFaults({ prompt, temperature, maxTokens }: QuestionForm): QuestionFaults {
  const heat = Number(temperature);
  return {
    ...(prompt.trim() === '' ? { prompt: 'something to be answered' } : {}),
    ...(heat >= 0 && heat <= 2 ? {} : { temperature: '0 to 2, or nothing' }),
    ...(maxTokens === '' || /^[1-9]\d{0,6}$/.test(maxTokens) ? {} : { maxTokens: 'a whole number from 1, or nothing' }),
  };
}

/** What is sent of a question without faults, as the contract of models has it. Pure. */
export function questionBody({ prompt, temperature, maxTokens }: QuestionForm): object {
  return {
    prompt,
    ...(temperature.trim() === '' ? {} : { temperature: Number(temperature) }),
    ...(maxTokens === '' ? {} : { max_tokens: Number(maxTokens) }),
  };
}
