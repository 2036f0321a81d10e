import ts from 'typescript';

/**
 * Names of tests in a source of TypeScript: what `test(…)` and `it(…)` are called with, and, in a file of tests, every text that a table of
 * them may hold. A comment is no test, nor is what is skipped or still to be written; nor the message of an assertion, nor the name of a
 * group.
 *
 * @param isOfTests whether its tables count: it is a file of tests, or data of some
 */
export function testNames(source: string, isOfTests: boolean): readonly string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isSkipped(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) {
      if (isTestName(node) || (isOfTests && isInTable(node))) names.push(node.text);
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('tests.ts', source, ts.ScriptTarget.Latest, true));
  return names;
}

/** Texts in JSON, which tests are made from: keys and values. Empty where it is no JSON. */
export function textsOfJson(text: string): readonly string[] {
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) texts.push(key);
      visit(inner);
    }
  };
  try {
    visit(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return texts;
}

/** The text is what a test is called with first. */
function isTestName(node: ts.Node): boolean {
  const text = ts.isTemplateHead(node) ? node.parent : node;
  const call = text.parent;
  if (!ts.isCallExpression(call) || call.arguments[0] !== text) return false;
  const name = calledName(call);
  return name === 'test' || name === 'it';
}

/** The text may be what a test will be called with: it is not used up by a call that has to do with something else. */
function isInTable(node: ts.Node): boolean {
  const text = ts.isTemplateHead(node) ? node.parent : node;
  const call = text.parent;
  if (ts.isImportDeclaration(call)) return false;
  if (!ts.isCallExpression(call)) return true;
  return !/^(?:describe|suite|assert)\b/.test(call.expression.getText());
}

/** `test.skip(…)`, `describe.todo(…)`, `{ skip: true }`: nothing in it is shown. */
function isSkipped(node: ts.Node): boolean {
  if (ts.isCallExpression(node)) {
    const { expression } = node;
    return (
      (ts.isPropertyAccessExpression(expression) && isSkipWord(expression.name.text)) || node.arguments.some(saysSkip)
    );
  }
  return saysSkip(node);
}

function saysSkip(node: ts.Node): boolean {
  return (
    ts.isObjectLiteralExpression(node) &&
    node.properties.some(
      (property) =>
        ts.isPropertyAssignment(property) &&
        isSkipWord(property.name.getText()) &&
        (property.initializer.kind === ts.SyntaxKind.TrueKeyword || ts.isStringLiteralLike(property.initializer)),
    )
  );
}

function isSkipWord(word: string): boolean {
  return word === 'skip' || word === 'todo';
}

/** `test` of `test(…)` and of `t.test(…)`. */
function calledName({ expression }: ts.CallExpression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  return undefined;
}
