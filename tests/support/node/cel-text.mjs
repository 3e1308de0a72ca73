// SPDX-License-Identifier: MIT
// Values of CEL as text: as expression_show() of common/expression.h writes them, and as JSON that keeps int and double apart.
import { isCelList, isCelMap, isCelType, isCelUint } from '@bufbuild/cel';

function showDouble(d) {
  const text = String(d);
  return Number.isFinite(d) && !/[.e]/.test(text) ? `${text}.0` : text;
}

const hexadecimal = (byte) => `\\x${byte.toString(16).padStart(2, '0')}`;

function showText(text) {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/[\x00-\x1f\x7f]/g, (c) => hexadecimal(c.charCodeAt(0)))}"`;
}

function showBytes(bytes) {
  const one = (byte) => (byte < 0x20 || byte > 0x7e ? hexadecimal(byte) : `${'"\\'.includes(String.fromCharCode(byte)) ? '\\' : ''}${String.fromCharCode(byte)}`);
  return `b"${Array.from(bytes, one).join('')}"`;
}

/** A value of CEL as CEL would write it; undefined for one that has no place in JSON's world: messages, timestamps. */
export function show(value) {
  switch (typeof value) {
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'number':
      return showDouble(value);
    case 'string':
      return showText(value);
  }
  if (value === null) return 'null';
  if (isCelUint(value)) return `${value.value}u`;
  if (value instanceof Uint8Array) return showBytes(value);
  if (isCelType(value)) return value.kind === 'object' ? undefined : value.name.replace(/\(.*/, '');
  const parts = isCelList(value)
    ? Array.from(value, show)
    : isCelMap(value)
      ? Array.from(value, ([key, mapped]) => [show(key), show(mapped)])
      : [undefined];
  if (parts.flat().includes(undefined)) return undefined;
  return isCelList(value) ? `[${parts.join(', ')}]` : `{${parts.map((pair) => pair.join(': ')).join(', ')}}`;
}

/** A binding as JSON: bigint is int, number is double, Map is an object. Undefined for what JSON has not. */
export function json(value) {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? (Object.is(value, -0) ? '-0.0' : showDouble(value)) : undefined;
  if (typeof value === 'string') return JSON.stringify(value);
  const parts = Array.isArray(value)
    ? value.map(json)
    : value instanceof Map
      ? Array.from(value, ([key, mapped]) => (typeof key === 'string' && json(mapped) !== undefined ? `${JSON.stringify(key)}:${json(mapped)}` : undefined))
      : [undefined];
  if (parts.includes(undefined)) return undefined;
  return Array.isArray(value) ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}

/** One case for tests/support/expression.c and for whoever compares: `expected` is null for an error. */
export function sayCase(name, expression, bindings, expected) {
  const texts = Object.entries(bindings).map(([key, text]) => `${JSON.stringify(key)}:${text}`);
  process.stdout.write(
    `{"name":${JSON.stringify(name)},"expression":${JSON.stringify(expression)},"bindings":{${texts.join(',')}},"expected":${JSON.stringify(expected)}}\n`,
  );
}
