// The house's own lint rules: what STYLE asks for and no published rule checks.

/** @typedef {import('eslint').Rule.RuleModule} RuleModule */
/** @typedef {import('eslint').Rule.Node} Node */

/**
 * `as` silences the compiler, so the reason has to stand beside it: on the line, or on the line above the statement.
 * @type {RuleModule}
 */
const asNeedsReason = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { reason: 'Say why this cast is right in a comment on its line or the line above, or do without it.' },
  },
  create(context) {
    const source = context.sourceCode;
    const commentLines = new Set(source.getAllComments().map((comment) => comment.loc?.end.line));
    return {
      TSAsExpression(/** @type {any} */ node) {
        if (node.typeAnnotation.typeName?.name === 'const') return;
        const lines = [
          node.loc.start.line,
          node.loc.end.line,
          node.loc.start.line - 1,
          statementOf(node).loc.start.line - 1,
        ];
        if (!lines.some((line) => commentLines.has(line))) context.report({ node, messageId: 'reason' });
      },
    };
  },
};

/**
 * Every exported declaration carries its sentence.
 * @type {RuleModule}
 */
const exportedHasDoc = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { doc: 'Give the exported {{name}} one sentence in a /** comment */.' },
  },
  create(context) {
    const source = context.sourceCode;
    const seen = new Set();
    return {
      ExportNamedDeclaration(/** @type {any} */ node) {
        if (!node.declaration) return;
        const name = nameOf(node.declaration);
        const last = source.getCommentsBefore(node).at(-1);
        const documented = last?.type === 'Block' && last.value.startsWith('*');
        if (documented)
          seen.add(name); // a type and its constant of one name, or overloads, share a sentence
        else if (!seen.has(name)) context.report({ node, messageId: 'doc', data: { name } });
      },
    };
  },
};

/** @param {any} node */
function statementOf(node) {
  let at = node;
  while (at.parent && !/Statement$|Declaration$|Definition$|^Property$|Program/.test(at.type)) at = at.parent;
  return at;
}

/** @param {any} declaration @returns {string} */
function nameOf(declaration) {
  return declaration.id?.name ?? declaration.declarations?.[0]?.id?.name ?? 'declaration';
}

/** The plugin `headframe` of eslint.config.js. */
export const houseRules = { rules: { 'as-needs-reason': asNeedsReason, 'exported-has-doc': exportedHasDoc } };
