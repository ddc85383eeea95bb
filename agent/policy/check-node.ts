import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { type Fault, FORM_WORDS, FORMS, show, suggest } from './forms.js';

/** The part of JSON schema (and our own keywords) that the policy's schema uses. */
export interface Schema {
  $ref?: string;
  $id?: string;
  type?: string;
  anyOf?: Schema[];
  const?: unknown;
  enum?: readonly unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  patternProperties?: Record<string, Schema>;
  minProperties?: number;
  maxProperties?: number;
  minItems?: number;
  minimum?: number;
  maximum?: number;
  description?: string;
  form?: string;
  rule?: string;
}

/** Where faults go; `node` says where in the text. */
export interface Checker {
  fault(node: Node | null, field: string, fault: Fault): void;
  /** What `rule` names in the schema: a check of a whole object that fits otherwise. */
  rules: Readonly<Record<string, (value: Record<string, unknown>, node: Node, field: string, checker: Checker) => void>>;
  /** Schemas by $id. */
  refs: Readonly<Record<string, Schema>>;
}

/** Nothing in a policy is deeper. */
const MAX_DEPTH = 40;

/**
 * Checks a YAML node against a schema and answers its value. All faults are told, each at its place; a value that is answered after a
 * fault is not to be used. Aliases are refused: what a policy says should be read where it stands.
 */
export function checkNode(
  node: unknown,
  given: Schema,
  field: string,
  checker: Checker,
  depth = 0,
  /** Stands for a node that is not there. */
  key: Node | null = null,
): unknown {
  const schema = given.$ref === undefined ? given : (checker.refs[given.$ref] ?? given);
  const at = (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node : key) as Node | null;
  const tell = (reason: string, valid: string): undefined => checker.fault(at, field, { reason, valid }) as undefined;
  if (depth > MAX_DEPTH) return tell('this is nested too deeply', `at most ${MAX_DEPTH} levels`);
  if (isAlias(node)) return tell(`the alias *${node.source} is not followed`, 'the value itself, written out');
  const mark = markOf(node);
  if (mark !== undefined) return tell(`${mark} is not taken`, 'the value without it');
  if (isMap(node)) {
    const schemaOfMap = pick(schema, 'object');
    return schemaOfMap === undefined
      ? tell('this is an object', expected(schema))
      : checkMap(node, schemaOfMap, field, checker, depth);
  }
  if (isSeq(node)) {
    const list = pick(schema, 'array');
    if (list === undefined) return tell('this is a list', expected(schema));
    if (node.items.length < (list.minItems ?? 0)) return tell('this list is empty', expected(list));
    return node.items.map((item, index) => checkNode(item ?? null, list.items ?? {}, `${field}[${index}]`, checker, depth + 1));
  }
  const value = isScalar(node) ? node.value : null;
  return checkScalar(value, schema, tell);
}

function checkMap(
  node: YAMLMap<unknown, unknown>,
  schema: Schema,
  field: string,
  checker: Checker,
  depth: number,
): Record<string, unknown> {
  const known = schema.properties ?? {};
  const others = Object.values(schema.patternProperties ?? {})[0] ?? asSchema(schema.additionalProperties);
  const entries: [string, unknown][] = [];
  let sound = true;
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? key.value : key;
    const keyNode = (isScalar(key) ? key : node) as Node;
    if (typeof name !== 'string' && !(others !== undefined && (typeof name === 'number' || typeof name === 'boolean'))) {
      sound = false;
      checker.fault(keyNode, field, {
        reason: `${isScalar(key) ? show(name) : 'this key'} is no name of a field`,
        valid: keys(schema),
      });
      continue;
    }
    const path = field === '' ? String(name) : `${field}.${name}`;
    const mark = markOf(key);
    if (mark !== undefined) {
      sound = false;
      checker.fault(keyNode, path, { reason: `${mark} is not taken`, valid: 'the name without it' });
      continue;
    }
    const of = Object.hasOwn(known, String(name)) ? known[String(name)] : others;
    if (of === undefined) {
      sound = false;
      checker.fault(keyNode, path, {
        reason: `unknown field ${show(name)}`,
        valid: Object.keys(known).length === 0 ? 'no field at all' : suggest(String(name), Object.keys(known)),
      });
      continue;
    }
    entries.push([String(name), checkNode(value ?? null, of, path, checker, depth + 1, keyNode)]);
  }
  for (const name of schema.required ?? [])
    if (!node.has(name)) {
      sound = false;
      checker.fault(node, field === '' ? name : `${field}.${name}`, {
        reason: 'it is missing',
        valid: expected(known[name] ?? {}),
      });
    }
  if (node.items.length < (schema.minProperties ?? 0)) {
    sound = false;
    checker.fault(node, field, { reason: 'this object is empty', valid: keys(schema) });
  }
  if (node.items.length > (schema.maxProperties ?? Number.POSITIVE_INFINITY)) {
    sound = false;
    checker.fault(node, field, { reason: `this object has ${node.items.length} fields`, valid: `exactly one: ${keys(schema)}` });
  }
  const value = Object.fromEntries(entries);
  if (sound && schema.rule !== undefined) checker.rules[schema.rule]?.(value, node, field, checker);
  return value;
}

/** What makes another value of a node than stands there, or may be meant elsewhere. */
function markOf(node: unknown): string | undefined {
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return undefined;
  if (node.tag !== undefined) return `the tag ${node.tag.replace(/^tag:yaml\.org,2002:/, '!!')}`;
  return node.anchor === undefined ? undefined : `the anchor &${node.anchor}`;
}

function checkScalar(value: unknown, schema: Schema, tell: (reason: string, valid: string) => undefined): unknown {
  const wanted = value === null ? undefined : pick(schema, scalarType(value), value);
  if (wanted === undefined) {
    const words =
      schema.enum ?? (schema.anyOf?.every((option) => option.const !== undefined) ? schema.anyOf.map((o) => o.const) : []);
    const near = typeof value === 'string' && words.length > 0 ? suggest(value, words.map(String)) : expected(schema);
    return tell(value === null ? 'there is no value' : `${show(value)} does not fit`, near);
  }
  const number = typeof value === 'number' ? value : undefined;
  if (number !== undefined && !Number.isFinite(number)) return tell(`${value} is no number to work with`, expected(schema));
  if (number !== undefined && (number < (wanted.minimum ?? number) || number > (wanted.maximum ?? number)))
    return tell(`${number} is out of range`, expected(wanted));
  const form = wanted.form ?? schema.form;
  const fault = form === undefined ? undefined : FORMS[form]?.(value as number | string);
  return fault === undefined ? value : tell(fault.reason, fault.valid);
}

/** What is no scalar of JSON (dates, bytes) is of no type that a schema has. */
function scalarType(value: unknown): string {
  return typeof value === 'object' ? 'other' : typeof value;
}

/** The alternative of a schema that a value of this kind may be. */
function pick(schema: Schema, type: string, value?: unknown): Schema | undefined {
  if (schema.anyOf !== undefined)
    return schema.anyOf.map((option) => pick(option, type, value)).find((option) => option !== undefined);
  if (schema.const !== undefined) return schema.const === value ? schema : undefined;
  if (schema.enum !== undefined) return schema.enum.includes(value) ? schema : undefined;
  if (schema.type === 'integer')
    return type === 'number' && (!Number.isFinite(value) || Number.isInteger(value)) ? schema : undefined;
  return schema.type === type ? schema : undefined;
}

function asSchema(schema: boolean | Schema | undefined): Schema | undefined {
  return typeof schema === 'object' ? schema : undefined;
}

function keys(schema: Schema): string {
  const names = Object.keys(schema.properties ?? {});
  return names.length > 0 ? names.join(', ') : 'names, each with a value';
}

/** What a schema takes, in words. */
export function expected(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  const help = schema.description === undefined || schema.description === '' ? '' : ` (${schema.description})`;
  const inWords = schema.form === undefined ? undefined : FORM_WORDS[schema.form];
  if (inWords !== undefined) return `${inWords}${help}`;
  if (schema.anyOf?.every((option) => option.const !== undefined))
    return `one of ${schema.anyOf.map((option) => option.const).join(', ')}${help}`;
  if (help !== '' && schema.anyOf?.every(({ type }) => type === 'number' || type === 'string')) return schema.description ?? '';
  if (schema.anyOf !== undefined) return `${[...new Set(schema.anyOf.map(expected))].join(' or ')}${help}`;
  if (schema.type === 'array') return `a list of ${listed(schema.items ?? {})}${help}`;
  if (schema.type === 'object') return `an object with ${schema.maxProperties === 1 ? 'one of ' : ''}${keys(schema)}`;
  if (schema.minimum !== undefined)
    return `a ${schema.type === 'integer' ? 'whole ' : ''}number from ${schema.minimum} to ${schema.maximum}`;
  return `${WORDS[schema.type ?? ''] ?? 'a value'}${help}`;
}

/** What several of a schema are called. */
function listed(schema: Schema): string {
  if (schema.$ref === 'RuleCondition')
    return 'conditions, each with signal and above or below, or with all or any of such conditions';
  return schema.type === 'object' ? expected(schema).replace(/^an object with/, 'objects, each with') : expected(schema);
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};
