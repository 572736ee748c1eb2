import { numberValue, plainText, textValue } from './values.js';
import type { Value } from './values.js';

/** Calculates what constants are often made of: texts and numbers put together, and `x or y`. */
export function calculate(operator: string, operands: readonly (Value | undefined)[]): Value | undefined {
  const [left, right] = operands;
  if (operands.length === 1) return negated(operator, left);
  if (operator === 'or') return left === undefined || isTrue(left) ? left : right;
  if (left === undefined || right === undefined) return undefined;
  if (operator === '+') return sum(left, right);
  if (operator === '/' && left.kind === 'text' && right.kind === 'text') return textValue(`${left.text}/${right.text}`);
  return ofNumbers(operator, left, right);
}

function negated(operator: string, value: Value | undefined): Value | undefined {
  if (value?.kind !== 'integer' && value?.kind !== 'number') return undefined;
  return operator === '-'
    ? { kind: value.kind, text: value.text.startsWith('-') ? value.text.slice(1) : `-${value.text}` }
    : value;
}

function isTrue(value: Value): boolean {
  if (value.kind === 'dictionary') return value.entries.size > 0;
  const text = plainText(value);
  if (text === undefined || text === '') return false;
  return value.kind === 'text' || value.kind === 'list' || (text !== 'false' && Number(text) !== 0);
}

function sum(left: Value, right: Value): Value | undefined {
  if (left.kind === 'text' && right.kind === 'text') return textValue(left.text + right.text);
  if (left.kind === 'list' && right.kind === 'list')
    return left.items.length + right.items.length > 1_000
      ? undefined
      : { kind: 'list', items: [...left.items, ...right.items] };
  return ofNumbers('+', left, right);
}

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  '**': (a, b) => a ** b,
  '%': (a, b) => ((a % b) + b) % b,
};

function ofNumbers(operator: string, left: Value, right: Value): Value | undefined {
  const kinds = [left.kind, right.kind];
  const operation = Object.hasOwn(OPERATIONS, operator) ? OPERATIONS[operator] : undefined;
  if (operation === undefined || !kinds.every((kind) => kind === 'integer' || kind === 'number')) return undefined;
  const amount = operation(Number(plainText(left)), Number(plainText(right)));
  return numberValue(amount, operator === '/' || kinds.includes('number'));
}
