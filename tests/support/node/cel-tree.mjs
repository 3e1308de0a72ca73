// SPDX-License-Identifier: MIT
// The syntax tree of an expression of CEL, as @bufbuild/cel makes it.
import { parse } from '@bufbuild/cel';

const TYPES = ['bool', 'bytes', 'double', 'int', 'list', 'map', 'null_type', 'string', 'type', 'uint'];
const OPERATOR = /^(_|@|-_|!_)/;
// The number of arguments of each.
const FUNCTIONS = { bool: 1, bytes: 1, double: 1, dyn: 1, int: 1, matches: 2, size: 1, string: 1, type: 1, uint: 1 };
const METHODS = { contains: 1, endsWith: 1, matches: 1, size: 0, startsWith: 1 };

/** Whether the tree names something that is neither declared nor CEL's own. */
export function hasUnknown(tree, bindings) {
  const known = new Set([...Object.keys(bindings), ...TYPES]);
  for (const { exprKind: { case: kind, value } } of tree) {
    if (kind === 'comprehensionExpr') known.add(value.iterVar).add(value.accuVar);
  }
  return tree.some(({ exprKind: { case: kind, value } }) =>
    (kind === 'identExpr' && !known.has(value.name.replace(/^\./, ''))) ||
    (kind === 'callExpr' && !OPERATOR.test(value.function) && (value.target ? METHODS : FUNCTIONS)[value.function.replace(/^\./, '')] !== value.args.length));
}

/** What is below a node of the syntax tree, and the node. */
function* nodes(expr) {
  if (!expr?.exprKind?.case) return;
  yield expr;
  const { value } = expr.exprKind;
  const below = [value.operand, value.target, value.iterRange, value.accuInit, value.loopCondition, value.loopStep, value.result, ...(value.args ?? []),
    ...(value.elements ?? []), ...(value.entries ?? []).flatMap((entry) => [entry.keyKind?.case === 'mapKey' ? entry.keyKind.value : undefined, entry.value])];
  for (const child of below) yield* nodes(child);
}

/** All nodes; none for what is no expression, and for a message with quoted fields, which this parser does not know. */
export function treeOf(expression) {
  try {
    return [...nodes(parse(expression).expr)];
  } catch {
    return [];
  }
}
