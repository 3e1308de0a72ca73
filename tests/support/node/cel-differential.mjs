// SPDX-License-Identifier: MIT
// Expressions made by chance, over bindings made by chance, with what @bufbuild/cel makes of them: {"seed", "count"} in.
import { celEnv, celError, celFunc, celMap, CelScalar, celUint, isCelError, isCelUint, listType, mapType, parse, plan } from '@bufbuild/cel';
import { json, sayCase, show } from './cel-text.mjs';
import { hasUnknown, treeOf } from './cel-tree.mjs';
import { settings } from './lines.mjs';

// ---- chance, the same one for a seed (mulberry32) ----

let state = settings.seed ?? 1;

function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

const below = (n) => Math.floor(random() * n);
const chance = (probability) => random() < probability;
const pick = (list) => list[below(list.length)];
const some = (most, make) => Array.from({ length: below(most + 1) }, make);

// ---- values and literals ----

const INTS = [0n, 1n, 2n, 3n, -1n, -2n, 7n, 10n, 100n, 2147483648n, 9007199254740992n, 9223372036854775807n, -9223372036854775808n];
const UINTS = [0n, 1n, 2n, 3n, 10n, 4294967296n, 18446744073709551615n];
const DOUBLES = [0, 1, 2, -1, 0.5, -2.5, 3.25, 1e3, 1e-7, 1e21, 123456.789, 4503599627370496.5, 1e308, -1e308, 5e-324];
const STRINGS = ['', 'a', 'b', 'ab', 'abc', 'ba', 'A', '1', '-7', '2.5', 'true', 'FALSE', 'NaN', '0x10', ' 1', 'k', 'key', 'zä', '€', '🤪', 'a\nb', 'x"y', "x'y", 'a\\b', '\u0001'];
const PATTERNS = ['a', '^a', 'b$', '^a.c$', '[a-c]+', '^[^a]*$', '(ab)+', 'a|b', '\\\\d+', '^\\\\w*$', '(?i)ABC', 'a{2,3}', '^$', '.', '(?s)a.b', 'ä', '\\\\pL', '[[:alpha:]]', '^(?:a|b){1,2}$', 'a*?b'];
const KEYS = ['k', 'key', 'a', 'b', '1'];

const quoted = (text) => {
  const quote = pick(["'", '"']);
  return `${quote}${text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\u0001', '\\x01').replaceAll(quote, `\\${quote}`)}${quote}`;
};

const scalar = () => pick([() => pick(INTS), () => pick(DOUBLES), () => pick(STRINGS), () => chance(0.5), () => null])();
const object = (make) => new Map(some(3, () => [pick(KEYS), make()]));
const present = () => pick([() => pick(INTS), () => pick(DOUBLES), () => pick(STRINGS), () => chance(0.5)])();
const BINDINGS = {
  i: () => pick(INTS),
  d: () => pick(DOUBLES),
  s: () => pick(STRINGS),
  t: () => pick(STRINGS),
  b: () => chance(0.5),
  n: () => null,
  is: () => some(4, () => pick(INTS)),
  ss: () => some(4, () => pick(STRINGS)),
  any: present,
  list: () => some(3, scalar),
  m: () => object(() => pick(INTS)),
  o: () => object(() => pick([present, () => some(2, scalar), () => object(present)])()),
};

// ---- expressions ----

const wrap = (text) => (chance(0.7) ? `(${text})` : text);
const infix = (left, operators, right) => wrap(`${left} ${pick(operators)} ${right}`);
const RELATIONS = ['==', '!=', '<', '<=', '>', '>='];

function macro(names, range, make, scope, type) {
  const name = pick(['v', 'w', 'x', 'i']);
  const inner = { ...scope, [name]: type };
  return `${range}.${pick(names)}(${name}, ${make(inner)})`;
}

const ofType = (scope, type) => Object.keys(scope).filter((name) => scope[name] === type);
const variable = (scope, type, otherwise) => (ofType(scope, type).length ? pick(ofType(scope, type)) : otherwise);

const MAKERS = {
  int: (n, scope) => pick([
    () => String(pick(INTS)),
    () => variable(scope, 'int', '4'),
    () => infix(make('int', n, scope), ['+', '-', '*', '/', '%'], make('int', n, scope)),
    () => `-${wrap(make('int', n, scope))}`,
    () => `size(${make(pick(['string', 'bytes', 'ints', 'map']), n, scope)})`,
    () => `${make(pick(['string', 'strings']), n, scope)}.size()`,
    () => `int(${make(pick(['uint', 'double', 'string', 'int']), n, scope)})`,
    () => `${make('ints', n, scope)}[${index(n, scope)}]`,
    () => `m.${pick(KEYS.slice(0, 4))}`,
    () => `m[${make('string', n, scope)}]`,
    () => wrap(`${make('bool', n, scope)} ? ${make('int', n, scope)} : ${make('int', n, scope)}`),
  ])(),
  uint: (n, scope) => pick([
    () => `${pick(UINTS)}u`,
    () => infix(make('uint', n, scope), ['+', '-', '*', '/', '%'], make('uint', n, scope)),
    () => `uint(${make(pick(['int', 'double', 'string', 'uint']), n, scope)})`,
  ])(),
  double: (n, scope) => pick([
    () => wrap(show(pick(DOUBLES))),
    () => 'd',
    () => infix(make('double', n, scope), ['+', '-', '*', '/'], make('double', n, scope)),
    () => `-${make('double', n, scope)}`,
    () => `double(${make(pick(['int', 'uint', 'string', 'double']), n, scope)})`,
  ])(),
  string: (n, scope) => pick([
    () => quoted(pick(STRINGS)),
    () => variable(scope, 'string', 's'),
    () => infix(make('string', n, scope), ['+'], make('string', n, scope)),
    () => `string(${make(pick(['int', 'uint', 'double', 'bool', 'bytes', 'string']), n, scope)})`,
    () => `${make('strings', n, scope)}[${index(n, scope)}]`,
  ])(),
  bytes: (n, scope) => pick([
    () => `b${quoted(pick(STRINGS).replace('🤪', ''))}`,
    () => "b'\\xff\\x00'",
    () => `bytes(${make('string', n, scope)})`,
    () => infix(make('bytes', n, scope), ['+'], make('bytes', n, scope)),
  ])(),
  bool: (n, scope) => pick([
    () => pick(['true', 'false', 'b']),
    () => `!${make('bool', n, scope)}`,
    () => infix(make('bool', n, scope), ['&&', '||'], make('bool', n, scope)),
    () => infix(make('bool', n, scope), ['&&', '||'], make('bool', n, scope)),
    () => { const type = pick(['int', 'uint', 'double', 'string', 'bytes', 'bool']); return infix(make(type, n, scope), RELATIONS, make(type, n, scope)); },
    () => infix(make(pick(['int', 'uint', 'double']), n, scope), RELATIONS, make(pick(['int', 'uint', 'double']), n, scope)),
    () => infix(make('any', n, scope), ['==', '!='], make('any', n, scope)),
    () => infix(make('any', n, scope), ['in'], make(pick(['ints', 'strings', 'anys']), n, scope)),
    () => infix(make('string', n, scope), ['in'], make('map', n, scope)),
    () => `has(${pick(['m', 'o'])}.${pick(KEYS.slice(0, 4))})`,
    () => `has({'k': m}.k.${pick(KEYS.slice(0, 4))})`,
    () => `${make('string', n, scope)}.${pick(['contains', 'startsWith', 'endsWith'])}(${make('string', n, scope)})`,
    () => `${make('string', n, scope)}.matches('${pick(PATTERNS)}')`,
    () => `bool(${make(pick(['string', 'bool']), n, scope)})`,
    () => macro(['all', 'exists', 'exists_one'], make('ints', n, scope), (inner) => make('bool', n, inner), scope, 'int'),
    () => macro(['all', 'exists', 'exists_one'], make(pick(['strings', 'map']), n, scope), (inner) => make('bool', n, inner), scope, 'string'),
  ])(),
  ints: (n, scope) => pick([
    () => 'is',
    () => `[${some(3, () => make('int', n, scope)).join(', ')}]`,
    () => infix(make('ints', n, scope), ['+'], make('ints', n, scope)),
    () => macro(['filter'], make('ints', n, scope), (inner) => make('bool', n, inner), scope, 'int'),
    () => macro(['map'], make('ints', n, scope), (inner) => make('int', n, inner), scope, 'int'),
    () => macro(['map'], make('ints', n, scope), (inner) => `${make('bool', n, inner)}, ${make('int', n, inner)}`, scope, 'int'),
  ])(),
  strings: (n, scope) => pick([
    () => 'ss',
    () => `[${some(3, () => make('string', n, scope)).join(', ')}]`,
    () => macro(['filter'], make(pick(['strings', 'map']), n, scope), (inner) => make('bool', n, inner), scope, 'string'),
    () => macro(['map'], make('strings', n, scope), (inner) => make('string', n, inner), scope, 'string'),
  ])(),
  anys: (n, scope) => pick([() => 'list', () => `[${some(3, () => make('any', n, scope)).join(', ')}]`])(),
  map: (n, scope) => pick([
    () => 'm',
    () => 'o',
    () => `{${some(3, () => `${key(n, scope)}: ${pick([`[${make('any', n, scope)}]`, "'a'", '1', '{}'])}`).join(', ')}}`,
    () => `{${pick(UINTS)}u: ${pick(INTS)}}`,
  ])(),
  any: (n, scope) => pick([
    () => pick(['any', 'n', 'null', 'list[0]', 'o.k', 'o["key"]', 'o.a.b', 'int', 'string']),
    () => `type(${make(pick(ALL), n, scope)})`,
    () => `dyn(${make(pick(ALL), n, scope)})`,
    () => make(pick(ALL), n, scope),
  ])(),
};
const ALL = Object.keys(MAKERS);
const LEAVES = { int: () => String(pick(INTS)), uint: () => `${pick(UINTS)}u`, double: () => 'd', string: () => 's', bytes: () => "b'a'", bool: () => 'b', ints: () => 'is', strings: () => 'ss', anys: () => 'list', map: () => 'm', any: () => 'any' };

/** An expression that is mostly of that type, `n` calls deep at most. */
function make(type, n, scope) {
  const wanted = chance(0.04) ? pick(ALL) : type;
  return n <= 0 ? LEAVES[wanted](scope) : MAKERS[wanted](n - 1 - below(2), scope);
}

/** What is of a type that keys and indexes may have. */
const key = (n, scope) => pick([() => quoted(pick(STRINGS)), () => String(pick(INTS)), () => pick(['true', 'false', 's', 'i', 'b']), () => `string(${make('string', n, scope)})`])();
const index = (n, scope) => pick([() => String(below(3)), () => `${below(3)}u`, () => '1.0', () => 'i', () => `int(${make('int', n, scope)})`])();

const ATOMS = ['a', 'b', 'c', '.', 'ä', '1', '-', '_', ' ', '^', '$', '[a-c]', '[^a]', '[]a]', '[^]a]', '[a-]', '[[:alpha:]b]', '[[:^digit:]]', '[\\d_]', '\\d', '\\D', '\\w', '\\W', '\\s',
  '\\S', '\\b', '\\B', '\\A', '\\z', '\\n', '\\t', '\\.', '\\-', '\\x61', '\\x{e4}', '\\pL', '\\PL', '\\p{Lu}', '\\p{Greek}', '\\Qa.\\E', '|', '{', '}', ']', '(?i)', '(?s)', '(?m)', '(?-i)'];
const REPEATS = ['*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0,}', '{1,}?', '{,2}', '{a}', '{', '**', '++', '?+', '{2}{2}'];
const UNREPEATED = /^(\^|\$|\\[bBAz]|\(\?[ims-]+\)|\{)$/; // anchors and flags, which PCRE2 does not repeat, and a brace, which RE2JS does not
const GROUPS = ['(', '(?:', '(?i:', '(?s-i:', '(?P<n>', '(?<m>', '(?U:', '(?=', '(?!', '(?<=', '(?>', '(?|'];

/** A pattern that RE2 mostly takes. */
function pattern(n) {
  const parts = some(4, () => {
    const part = n > 0 && chance(0.25) ? `${chance(0.9) ? GROUPS[below(7)] : pick(GROUPS)}${pattern(n - 1)})` : pick(ATOMS);
    return chance(0.3) && !UNREPEATED.test(part) ? part + (chance(0.85) ? REPEATS[below(10)] : pick(REPEATS)) : part;
  });
  const text = parts.join('');
  return /\(\?i|-i/.test(text) ? text.replaceAll('\\p{Lu}', '\\pL') : text; // (?i) with \p{Lu} is refused
}

const SUBJECTS = ['', 'a', 'b', 'ab', 'aab', 'abc', 'A', 'aB', 'ä', 'aä', '1', 'a1', 'a b', 'a-b', 'a_b', 'a.b', '\n', 'a\n', 'a\nb', '\nb', 'a{2}', ']', '{', 'αβ', 'Ä'];
const matching = () => `${quoted(pick(SUBJECTS))}.matches(${quoted(pattern(2))})`;

const TOKENS = ['(', ')', '[', ']', '{', '}', '.', ',', ':', '?', '!', '-', '+', '*', '&&', '||', 'in', '==', '1', '2u', '.5', "'a'", 'b', 'true', 'null', 'has', 'size', 'i', 'm', '`k`', ' '];

/** The same with one character lost or one token more: mostly no expression any longer. */
function spoil(text) {
  const characters = Array.from(text);
  characters.splice(below(characters.length), ...(chance(0.5) ? [1] : [0, ` ${pick(TOKENS)} `]));
  return characters.join('');
}

// ---- what @bufbuild/cel makes of it ----

const { BOOL, BYTES, DOUBLE, DYN, INT, NULL, STRING, TYPE, UINT } = CelScalar;

function read(pattern, make) {
  return (text) => {
    if (!pattern.test(text)) throw celError(`${text} is no number`);
    return make(text);
  };
}

function inRange(low, high, make) {
  return (text) => {
    const whole = BigInt(text);
    if (whole < low || whole > high) throw celError('out of range');
    return make(whole);
  };
}

/** Order of the code points; JavaScript's own is that of UTF-16, in which 🤪 is less than \uffff. */
function compareTexts(left, right) {
  const [a, b] = [left, right].map((text) => Array.from(text, (c) => c.codePointAt(0)));
  const at = a.findIndex((code, i) => code !== b[i]);
  return at === -1 ? a.length - b.length : (b[at] === undefined ? 1 : a[at] - b[at]);
}

function toDouble(text) {
  const value = Number(text);
  if (!Number.isFinite(value) && /\d/.test(text)) throw celError('out of range');
  return value;
}

const standardEqual = plan(celEnv(), parse('a == b'));
const asDouble = (value) => (isCelUint(value) ? Number(value.value) : typeof value === 'bigint' ? Number(value) : value);
const equal = (left, right) => standardEqual(typeof left === 'number' || typeof right === 'number' ? { a: asDouble(left), b: asDouble(right) } : { a: left, b: right });
const whole = /^[-+]?\d+$/;

/*
 * Faults of @bufbuild/cel 0.6.1, put right before results are compared:
 * - int(), uint() and double() of a text take what JavaScript takes for a number: '', ' 1', '0x10', and NaN for the rest.
 * - Texts are ordered by their UTF-16.
 * - A number is unequal to another although none is less: == is exact where < rounds, as the specification's vectors want it.
 *   (In lists and for `in` this cannot be put right; whole numbers that a double rounds are rare here.)
 * - What can be no key is an error on the left of `in`, and not no key.
 * - A text of a number past the range of double is infinite.
 * - The quotient of large uints is an error, the remainder of the lowest int and -1 is none.
 * What cannot be put right is not asked; there it takes for good what must be an error, or the other way round:
 * - has(e.f) where e is no map; keys that are doubles; a uint twice as a key; a bool as the index of a list
 * - has(e.f) and `k in e` where the value is null: that is there, not absent
 * - bytes literals with characters beyond U+FFFF, and with escapes that are none
 * - a sign or ! in front of another, which it drops by twos whatever they stand before; literals past the range
 * - [,] and {,}; f( ) with a blank; `in` without a blank behind it; a dot before the name that a macro brings
 * Names that nobody declares and patterns that are none are faults of the expression for us, and errors for it.
 */
const notAsked = [/[-!]\s*\(*\s*[-!]/, /-\s*\(*\d+u/, /[[{]\s*,/, /\bin(?!t\b)\w/, /e\d{3}/, /\(\s*\.\s*\w+\s*,/, /\(\s+\)/, /\w\[[^\]]*([=!<>]|&&|\|\||\bin\b)/];
const corrections = [
  celFunc('int', [STRING], INT, read(whole, inRange(-(2n ** 63n), 2n ** 63n - 1n, (value) => value))),
  celFunc('uint', [STRING], UINT, read(/^\d+$/, inRange(0n, 2n ** 64n - 1n, celUint))),
  celFunc('double', [STRING], DOUBLE, read(/^[-+]?(NaN|Infinity|(\d+|\d*\.\d+)([eE][-+]?\d+)?)$/, toDouble)),
  ...[['_<_', (n) => n < 0], ['_<=_', (n) => n <= 0], ['_>_', (n) => n > 0], ['_>=_', (n) => n >= 0]].map(([name, holds]) =>
    celFunc(name, [STRING, STRING], BOOL, (left, right) => holds(compareTexts(left, right)))),
  celFunc('_==_', [DYN, DYN], BOOL, equal),
  celFunc('_!=_', [DYN, DYN], BOOL, (left, right) => !equal(left, right)),
  celFunc('_/_', [UINT, UINT], UINT, (left, right) => {
    if (right.value === 0n) throw celError('division by zero');
    return celUint(left.value / right.value);
  }),
  celFunc('_%_', [INT, INT], INT, (left, right) => {
    if (right === 0n || (left === -(2n ** 63n) && right === -1n)) throw celError('out of range');
    return left % right;
  }),
  ...[BYTES, NULL, TYPE, listType(DYN), mapType(DYN, DYN)].map((type) => celFunc('@in', [type, mapType(DYN, DYN)], BOOL, () => false)),
];

const env = celEnv({ funcs: corrections });
const native = (value) => (value instanceof Map ? celMap(new Map(Array.from(value, ([key, mapped]) => [key, native(mapped)]))) : Array.isArray(value) ? value.map(native) : value);

function expected(expression, bindings) {
  if (hasUnknown(treeOf(expression), bindings)) return null; // for us a fault of the expression, that no && absorbs
  try {
    const result = plan(env, parse(expression))(Object.fromEntries(Object.entries(bindings).map(([name, value]) => [name, native(value)])));
    return isCelError(result) ? null : show(result);
  } catch {
    return null;
  }
}

const SCOPE = { i: 'int', s: 'string', t: 'string' };
for (let n = 0; n < (settings.count ?? 1000); n++) {
  const bindings = Object.fromEntries(Object.entries(BINDINGS).map(([name, value]) => [name, value()]));
  const intact = make(pick(['bool', 'bool', 'bool', ...ALL]), 5, SCOPE);
  const expression = chance(0.2) ? matching() : chance(0.1) && !/\\|matches|\d{19}/.test(intact) ? spoil(intact) : intact;
  if (expression.length > 2000 || notAsked.some((pattern) => pattern.test(expression))) continue;
  sayCase(String(n), expression, Object.fromEntries(Object.entries(bindings).map(([name, value]) => [name, json(value)])), expected(expression, bindings));
}
