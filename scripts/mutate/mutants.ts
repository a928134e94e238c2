import ts from "typescript";

/** Kinds of changes. */
type Kind = "delete" | "negate" | "drop";

/** One changed file. */
export interface Mutant {
  readonly file: string;
  readonly kind: Kind;
  /** Line number in the original, from 1. */
  readonly line: number;
  /** The deleted, negated or dropped code, on one line. */
  readonly code: string;
  /** The changed file. */
  readonly text: string;
}

/** A replacement of the text between two offsets. */
interface Edit {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** Lists the mutants of a file in the order of its lines. */
export function mutantsOf(file: string): Mutant[] {
  const text = Deno.readTextFileSync(file);
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  // Without whitespace, deleting the only statement of a line equals deleting the line.
  const bare = (text: string) => text.replace(/\s+/g, " ");
  const seen = new Set<string>([bare(text)]);
  const mutants: Mutant[] = [];
  for (const edit of [...lineDeletions(text, source), ...statementDeletions(source), ...conditions(source)]) {
    const changed = text.slice(0, edit.start) + edit.replacement + text.slice(edit.end);
    if (seen.has(bare(changed)) || !parses(file, changed)) continue;
    seen.add(bare(changed));
    const code = text.slice(edit.start, edit.end).replace(/\s+/g, " ").trim();
    const line = text.slice(0, edit.start).split("\n").length;
    mutants.push({ file, kind: edit.kind, line, code, text: changed });
  }
  return mutants.sort((a, b) => a.line - b.line);
}

/** Deletes each line with code that exists at run time. */
function lineDeletions(text: string, source: ts.SourceFile): Edit[] {
  const types = source.statements.filter((statement) =>
    ts.isImportDeclaration(statement) || ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  );
  const edits: Edit[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const end = Math.min(text.length, start + line.length + 1);
    const isType = types.some((statement) => statement.getFullStart() <= start && start < statement.getEnd());
    if (!isType && /[\w})\]]/.test(line) && !/^\s*(?:\/\/|\/?\*)/.test(line)) {
      edits.push({ kind: "delete", start, end, replacement: "" });
    }
    start = end;
  }
  return edits;
}

/** Deletes each statement within a function, which may span several lines. */
function statementDeletions(source: ts.SourceFile): Edit[] {
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node) || ts.isCaseOrDefaultClause(node)) {
      for (const statement of node.statements) {
        edits.push({ kind: "delete", start: statement.getStart(), end: statement.getEnd(), replacement: "" });
      }
    }
    // A branch without braces: the mutant does nothing, or omits the other branch's statement.
    if (ts.isIfStatement(node)) {
      for (const branch of [node.thenStatement, node.elseStatement]) {
        if (branch === undefined || ts.isBlock(branch)) continue;
        edits.push({ kind: "delete", start: branch.getStart(), end: branch.getEnd(), replacement: "{}" });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edits;
}

/** Negates each condition, and drops each operand of `&&` and `||`. */
function conditions(source: ts.SourceFile): Edit[] {
  const edits: Edit[] = [];
  const negate = (node: ts.Expression | undefined): void => {
    if (node === undefined) return;
    const [start, end] = [node.getStart(), node.getEnd()];
    edits.push({ kind: "negate", start, end, replacement: `!(${node.getText()})` });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIfStatement(node) || ts.isWhileStatement(node)) negate(node.expression);
    if (ts.isForStatement(node) || ts.isConditionalExpression(node)) negate(node.condition);
    if (ts.isReturnStatement(node) && node.expression && isBoolean(node.expression)) negate(node.expression);
    if (ts.isBinaryExpression(node) && isLogical(node)) {
      edits.push({ kind: "drop", start: node.left.getStart(), end: node.right.getStart(), replacement: "" });
      edits.push({ kind: "drop", start: node.left.getEnd(), end: node.right.getEnd(), replacement: "" });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edits;
}

function isLogical(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken;
  return kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken;
}

/** Checks from the syntax that an expression is a truth value. */
function isBoolean(node: ts.Expression): boolean {
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return true;
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.ExclamationToken;
  if (!ts.isBinaryExpression(node)) return false;
  return isLogical(node) || [
    ts.SyntaxKind.EqualsEqualsEqualsToken,
    ts.SyntaxKind.ExclamationEqualsEqualsToken,
    ts.SyntaxKind.LessThanToken,
    ts.SyntaxKind.LessThanEqualsToken,
    ts.SyntaxKind.GreaterThanToken,
    ts.SyntaxKind.GreaterThanEqualsToken,
  ].includes(node.operatorToken.kind);
}

function parses(file: string, text: string): boolean {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  // The property is missing in the published types; creating a program to get the diagnostics would be much
  // slower.
  return (source as unknown as { parseDiagnostics: readonly unknown[] }).parseDiagnostics.length === 0;
}
