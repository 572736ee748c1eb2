import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';
import { houseRules } from './deploy/tooling/eslint-rules.js';

const bannedSyntax = [
  ['ExportDefaultDeclaration', 'Export by name.'],
  ['TSEnumDeclaration', 'Use a union of strings.'],
  ['TSParameterProperty', 'Declare the field and assign it.'],
  [':matches(PropertyDefinition, MethodDefinition)[accessibility="private"]', 'Use #private.'],
  ['TSModuleDeclaration[kind="namespace"]', 'A file is a module already.'],
].map(([selector, message]) => ({ selector, message }));

const newDate = { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Ask the clock.' };

const outsideWorld = [
  { object: 'process', property: 'env', message: 'Only main and config read the environment.' },
  { object: 'process', property: 'exit', message: 'Only main ends the process.' },
  { object: 'Date', property: 'now', message: 'Ask the clock.' },
  { object: 'Math', property: 'random', message: 'Take randomness as an argument.' },
];

const timers = ['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({
  name,
  message: 'A pure core takes time as an argument.',
}));

export default defineConfig(
  globalIgnores(['dist', '.dist-*', 'coverage', 'docs', 'common/gen', 'test/support/gen']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [ts.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { headframe: houseRules },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // An async method that answers at once still turns a throw into a rejection, which its port promises.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.{ts,tsx,js,mjs}'],
    rules: {
      'no-restricted-syntax': ['error', ...bannedSyntax],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 60],
      'max-params': ['error', 4],
      'max-depth': ['error', 3],
      complexity: ['error', { max: 12, variant: 'modified' }],
      eqeqeq: 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
    },
  },
  {
    files: ['{agent,common,coordinator,deploy}/**/*.{ts,tsx}'],
    rules: {
      'headframe/as-needs-reason': 'error',
      'headframe/exported-has-doc': 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['{agent,common,coordinator}/**/*.{ts,tsx}'],
    ignores: [
      '**/main.{ts,tsx}',
      'coordinator/dashboard/page/edge/**',
      '**/config/**',
      'common/model/clock.ts',
      'coordinator/cli/**',
    ],
    rules: {
      'no-restricted-properties': ['error', ...outsideWorld],
      'no-restricted-syntax': ['error', ...bannedSyntax, newDate],
    },
  },
  {
    files: ['coordinator/scheduler/**/*.ts', 'coordinator/rollout/**/*.ts', 'agent/reconcile/plan*.ts'],
    rules: { 'no-restricted-globals': ['error', ...timers] },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // A describe holds many cases, and chai's assertions are expressions.
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        AbortSignal: 'readonly',
        AbortController: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  // Tools look for the default export of their configuration.
  { files: ['*.config.js', '.*.js', '.*.cjs'], rules: { 'no-restricted-syntax': 'off' } },
);
