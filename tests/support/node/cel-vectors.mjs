// SPDX-License-Identifier: MIT
// The vectors of the CEL specification, a line each: either {"name", "expression", "bindings", "expected"}, or {"name", "left_out"}
// with the reason, which lies in what the vector is made of and never in what becomes of it.
import { celList, celMap, CelScalar, celUint } from '@bufbuild/cel';
import { getCheckingSuite, getComprehensionSuite, getConformanceSuite, getParsingSuite } from '@bufbuild/cel-spec/testdata/tests.js';
import { json, sayCase, show } from './cel-text.mjs';
import { hasUnknown, treeOf } from './cel-tree.mjs';
import { say } from './lines.mjs';

const MESSAGE = 'messages of Protocol Buffers';
const ENUM = 'enums and names of messages';
const TIME = 'timestamps and durations';
const OPTIONAL = 'optional values';
const TWO = 'macros with two variables';
const EXTENSION = 'functions of an extension';
const PATTERN = 'a pattern for matches that is no literal';
const BINDING = 'a variable whose value JSON cannot hold';
const DOTTED = 'a variable with a dotted name';
const CHECKER = 'the type that a type checker finds';
const NUL = 'a NUL in the text of the expression';
const UNKNOWN = 'a name that nobody declares, which is a fault when it is compiled';
const TREE = 'the syntax tree, not what comes out of it';

const TIMES = /^(timestamp|duration|get(Date|DayOf(Month|Week|Year)|FullYear|Hours|Milliseconds|Minutes|Month|Seconds))$/;
const PROTO_NAMES = /^(google|cel|TestAllTypes|NestedTestAllTypes|GlobalEnum|NestedEnum|TestRequired|proto[23]?)$/;
const TYPES = { bool: 'BOOL', bytes: 'BYTES', double: 'DOUBLE', int: 'INT', null_type: 'NULL', string: 'STRING', type: 'TYPE', uint: 'UINT' };

/** Why a node is none of the supported language; undefined when it is. */
function reasonOfNode({ exprKind: { case: kind, value } }) {
  if (kind === 'structExpr' && value.messageName) return MESSAGE;
  if (kind === 'structExpr' && value.entries.some((entry) => entry.optionalEntry)) return OPTIONAL;
  if (kind === 'listExpr' && value.optionalIndices.length) return OPTIONAL;
  if (kind === 'comprehensionExpr' && value.iterVar2) return TWO;
  if (kind === 'identExpr' && PROTO_NAMES.test(value.name.replace(/^\./, '').split('.')[0])) return ENUM;
  if (kind === 'identExpr' && value.name === 'optional') return OPTIONAL;
  if (kind !== 'callExpr') return undefined;
  if (TIMES.test(value.function)) return TIME;
  if (/^(_\[\?_\]|_\?\._|optMap|optFlatMap|or|orValue|hasValue)$/.test(value.function)) return OPTIONAL;
  if (PROTO_NAMES.test(value.function.split('.')[0]) && !value.target) return ENUM;
  return value.function === 'matches' && value.args.at(-1).exprKind.value?.constantKind?.case !== 'stringValue' ? PATTERN : undefined;
}

/** A value of the vectors as one of @bufbuild/cel; undefined for messages and enums. */
function valueOf({ kind: { case: kind, value } }) {
  switch (kind) {
    case 'nullValue':
      return null;
    case 'uint64Value':
      return celUint(value);
    case 'listValue':
      return celList(value.values.map(valueOf));
    case 'mapValue':
      return celMap(new Map(value.entries.map((entry) => [valueOf(entry.key), valueOf(entry.value)])));
    case 'typeValue':
      return CelScalar[TYPES[value]] ?? (/^(list|map)$/.test(value) ? { toString: () => value, named: value } : undefined);
    case 'enumValue':
    case 'objectValue':
      return undefined;
    default:
      return value;
  }
}

/** The JSON of a binding's value; undefined when JSON cannot hold it. */
function jsonOf({ kind: { case: kind, value } }) {
  if (kind === 'nullValue') return 'null';
  if (kind === 'listValue') {
    const items = value.values.map(jsonOf);
    return items.includes(undefined) ? undefined : `[${items.join(',')}]`;
  }
  if (kind === 'mapValue') {
    const pairs = value.entries.map((entry) => (entry.key.kind.case === 'stringValue' ? [JSON.stringify(entry.key.kind.value), jsonOf(entry.value)] : [undefined]));
    return pairs.flat().includes(undefined) ? undefined : `{${pairs.map((pair) => pair.join(':')).join(',')}}`;
  }
  return ['boolValue', 'int64Value', 'doubleValue', 'stringValue'].includes(kind) ? json(value) : undefined;
}

/** {"expected": text}, null for an error, or {"reason": why it cannot be compared}. */
function expectation(matcher) {
  if (matcher.case === undefined) return { expected: 'true' };
  if (matcher.case === 'evalError' || matcher.case === 'anyEvalErrors') return { expected: null };
  if (matcher.case === 'unknown' || matcher.case === 'anyUnknowns') return { reason: 'unknown values' };
  const value = matcher.case === 'typedResult' ? matcher.value.result : matcher.value;
  if (value === undefined) return { reason: CHECKER };
  if (value.kind.case === 'typeValue') return { expected: value.kind.value };
  const text = show(valueOf(value));
  return text === undefined ? { reason: MESSAGE } : { expected: text };
}

/** The variables that the vector declares or gives a value, as JSON. */
function bindingsOf(vector) {
  const bindings = Object.fromEntries(vector.typeEnv.filter((decl) => decl.declKind.case === 'ident').map((decl) => [decl.name, '{"absent":true}']));
  for (const [name, bound] of Object.entries(vector.bindings)) bindings[name] = bound.kind.case === 'value' ? jsonOf(bound.kind.value) : undefined;
  return bindings;
}

function tell(name, vector) {
  const { expected, reason } = expectation(vector.resultMatcher);
  const bindings = bindingsOf(vector);
  const tree = treeOf(vector.expr);
  const why =
    (/^\w+_ext\//.test(name) ? EXTENSION : undefined) ??
    (name.startsWith('macros2/') ? TWO : undefined) ??
    (name.startsWith('optionals/') ? OPTIONAL : undefined) ??
    (vector.checkOnly ? CHECKER : undefined) ??
    tree.map(reasonOfNode).find(Boolean) ??
    reason ??
    (tree.length === 0 && expected !== null && /\bTestAllTypes\{/.test(vector.expr) ? MESSAGE : undefined) ??
    (vector.expr.includes('\0') ? NUL : undefined) ??
    (expected !== null && hasUnknown(tree, bindings) ? UNKNOWN : undefined) ??
    (Object.keys(bindings).some((key) => key.includes('.')) ? DOTTED : undefined) ??
    (Object.values(bindings).includes(undefined) ? BINDING : undefined);
  if (why) say({ name, left_out: why });
  // Maps have no order, hence are compared by CEL itself.
  else if (expected?.startsWith('{')) sayCase(name, `(${vector.expr}) == ${expected}`, bindings, 'true');
  else sayCase(name, vector.expr, bindings, expected);
}

function walk(suite, path, visit) {
  for (const test of suite.tests) visit([...path, test.name].join('/'), test);
  for (const inner of suite.suites) walk(inner, [...path, inner.name], visit);
}

walk(getConformanceSuite(), [], (name, test) => tell(name, test.original));
for (const suite of [getParsingSuite(), getComprehensionSuite(), getCheckingSuite()]) {
  walk(suite, [], (name) => say({ name: `${suite.name}: ${name}`, left_out: suite.name === 'checking' ? CHECKER : TREE }));
}
