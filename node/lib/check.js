'use strict';
/*
 * What callers give, checked and in the form that the addon takes. Each function gets the value and
 * the name to call it by, some of them `where` that stands, too; what is absent (undefined, null)
 * stays so.
 */
const { invalid } = require('./error.js');

const UINT32_MAX = 0xffffffff;
const INT64_MAX = 2n ** 63n - 1n;

function isAbsent(value) {
  return value === undefined || value === null;
}

function text(value, name, where = '') {
  if (isAbsent(value)) return undefined;
  if (typeof value !== 'string') throw invalid(`${where}${name}: is not a string`);
  return value;
}

function needed(value, name) {
  if (isAbsent(value)) throw invalid(`${name}: is missing`);
  return text(value, name);
}

function whole(value, name, { least = 1, most = UINT32_MAX } = {}) {
  if (isAbsent(value)) return undefined;
  if (!Number.isInteger(value) || value < least || value > most) {
    throw invalid(`${name}: is not a whole number from ${least} to ${most}`);
  }
  return value;
}

function flag(value, name) {
  if (isAbsent(value)) return false;
  if (typeof value !== 'boolean') throw invalid(`${name}: is neither true nor false`);
  return value;
}

/* The number of a name in the list; the first one is the default. */
function choice(value, names, name) {
  if (isAbsent(value)) return 0;
  const number = names.indexOf(value);
  if (number === -1) throw invalid(`${name}: is none of ${names.join(', ')}`);
  return number;
}

function microseconds(big, name) {
  if (big > INT64_MAX || big < -INT64_MAX) throw invalid(`${name}: is out of range`);
  return big;
}

/* A Date, or microseconds since 1970. A number could be meant in several units, so it is refused. */
function time(value, name, where = '') {
  if (isAbsent(value)) return undefined;
  if (value instanceof Date) {
    const micros = value.getTime() * 1000;
    if (Number.isNaN(micros)) throw invalid(`${where}${name}: is an invalid Date`);
    return Number.isSafeInteger(micros) ? micros : microseconds(BigInt(value.getTime()) * 1000n, where + name);
  }
  if (typeof value === 'bigint') return microseconds(value, where + name);
  if (typeof value === 'string' && /^-?[0-9]{1,19}$/.test(value)) return microseconds(BigInt(value), where + name);
  throw invalid(`${where}${name}: is neither a Date nor microseconds since 1970 as a bigint or a string of digits`);
}

function toJson(value, name, where = '', position = undefined) {
  let json;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw invalid(`${where}${name}: cannot be written as JSON: ${cause.message}`, { position, cause });
  }
  if (json === undefined) {
    throw invalid(`${where}${name}: ${value === undefined ? 'is undefined' : `is a ${typeof value}`}, which JSON does not have`, {
      position,
    });
  }
  return json;
}

/* A JSON object: as a value under `key`, or as a text under `keyJson`. */
function document(from, key, where = '') {
  const keyJson = `${key}Json`;
  const json = from[keyJson];
  const value = from[key];
  if (isAbsent(value)) return text(json, keyJson, where);
  if (!isAbsent(json)) throw invalid(`${where}${key}: is given twice, as a value and as JSON`);
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid(`${where}${key}: is not an object`);
  return toJson(value, key, where);
}

/* Any value that JSON has, which must be there: as a value under `key`, or as a text under `keyJson`. */
function json(from, key, where = '') {
  const name = where + key;
  const given = from[`${key}Json`];
  if (isAbsent(given)) {
    if (from[key] === undefined) throw invalid(`${name}: is missing`);
    return toJson(from[key], name);
  }
  if (from[key] !== undefined) throw invalid(`${name}: is given twice, as a value and as JSON`);
  return text(given, `${name}Json`);
}

/* An object that holds nothing but what is known, so that a misspelt name is no silent default. */
function object(value, known, name) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${name}: is not an object`);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw invalid(`${key}: is nothing that ${name} knows`);
  }
  return value;
}

function list(value, name) {
  if (!Array.isArray(value)) throw invalid(`${name}: is not an array`);
  return value;
}

function texts(value, name) {
  return list(value, name).map((item, i) => needed(item, `${name}[${i}]`));
}

function optionalTexts(value, name) {
  return isAbsent(value) ? undefined : texts(value, name);
}

module.exports = { isAbsent, text, needed, whole, flag, choice, time, toJson, json, document, object, list, texts, optionalTexts };
