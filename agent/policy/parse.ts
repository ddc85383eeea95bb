import { type Document, isNode, isScalar, LineCounter, type Node, parseAllDocuments } from 'yaml';
import type { LimitsInput } from '#agent/contract/limits.js';
import { PolicyDocument, type PolicyIssue } from '#agent/contract/policy.js';
import { MAX_POLICY_CHARS } from '#agent/contract/request-limits.js';
import type { RuleCondition } from '#agent/contract/rule.js';
import { type HostCheck, limitFault, limitFaults } from './check-limits.js';
import { type Checker, checkNode, type Schema } from './check-node.js';
import { matchesEverything } from './match.js';
import { ruleChecks } from './rules.js';

/** One policy of a file. */
export interface ParsedPolicy {
  name: string;
  document: PolicyDocument;
  /** The document as it was written. */
  text: string;
  line: number;
  /** Where its name stands. */
  nameAt: { line: number; column: number };
}

export interface ParseOptions {
  /** The file's name in messages. */
  file: string;
  hostCheck: HostCheck;
}

/**
 * The policies of a YAML (or JSON) text, one a document, or all that is wrong with it: with any issue the file is refused whole and
 * `policies` is empty. Never throws for what a text may hold. Issues are in the order of the text.
 */
export function parsePolicies(text: string, options: ParseOptions): { policies: ParsedPolicy[]; issues: PolicyIssue[] } {
  const lines = new LineCounter();
  const issues: (PolicyIssue & { offset: number })[] = [];
  const placeOf = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const report = (offset: number, field: string, reason: string, valid: string): void => {
    issues.push({ file: options.file, ...placeOf(offset), field, reason, valid, offset });
  };
  const policies: ParsedPolicy[] = [];
  let before = 0;
  for (const document of documentsOf(text, lines, report)) {
    // Comments that stand before a document belong to it.
    const start = before;
    const [begin, , end] = document.range ?? [0, 0, text.length];
    before = end;
    // A tag is told where it stands, and what it is.
    const [broken] = [...document.errors, ...document.warnings].filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
    if (broken !== undefined) {
      // What comes after the first one follows from it.
      report(broken.pos[0], '', yamlReason(broken.message), 'YAML 1.2');
      break;
    }
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) continue;
    const value = checkDocument(document, options.hostCheck, report);
    const { line } = lines.linePos(document.contents.range?.[0] ?? begin);
    const name = value?.metadata?.name;
    if (value === undefined || typeof name !== 'string') continue;
    const twin = policies.find((policy) => policy.name === name);
    const nameOffset = offsetOf(document, ['metadata', 'name']);
    if (twin !== undefined)
      report(nameOffset, 'metadata.name', `the policy of line ${twin.line} has this name too`, 'a name of its own');
    policies.push({
      name,
      document: value,
      text: `${text
        .slice(start, end)
        .replace(/^---[ \t]*\n?/, '')
        .trimEnd()}\n`,
      line,
      nameAt: placeOf(nameOffset),
    });
  }
  if (policies.length === 0 && issues.length === 0)
    report(
      0,
      '',
      'there is no policy in this',
      'a document with apiVersion, kind, metadata and spec (remove the file to have none)',
    );
  issues.sort((a, b) => a.offset - b.offset);
  return { policies: issues.length > 0 ? [] : policies, issues: issues.map(({ offset: _, ...issue }) => issue) };
}

type Report = (offset: number, field: string, reason: string, valid: string) => void;

function documentsOf(text: string, lines: LineCounter, report: Report): Document[] {
  if (text.length > MAX_POLICY_CHARS) {
    report(0, '', `the file has ${text.length} characters`, `at most ${MAX_POLICY_CHARS}`);
    return [];
  }
  try {
    const documents = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'silent',
      uniqueKeys: true,
      resolveKnownTags: false,
    });
    return Array.isArray(documents) ? (documents as Document[]) : [];
  } catch (error) {
    report(0, '', yamlReason((error as Error).message), 'YAML 1.2');
    return [];
  }
}

function checkDocument(document: Document, hostCheck: HostCheck, report: Report): PolicyDocument | undefined {
  let faults = 0;
  const faulty: string[] = [];
  const checker: Checker = {
    fault: (node, field, { reason, valid }) => {
      faults += 1;
      faulty.push(field);
      report(node?.range?.[0] ?? document.range?.[0] ?? 0, field, reason, valid);
    },
    rules: ruleChecks((path, value) => limitFault(path, value, hostCheck)),
    refs: { RuleCondition: ruleConditionSchema() },
  };
  const value = checkNode(document.contents, PolicyDocument as unknown as Schema, '', checker) as PolicyDocument;
  const limits = (path: (string | number)[]): void => {
    const field = dotted(path);
    if (faulty.some((each) => each.startsWith(field))) return;
    const input = path.reduce<unknown>((of, step) => (of as Record<string | number, unknown> | undefined)?.[step], value);
    if (input === undefined) return;
    for (const fault of limitFaults(input as LimitsInput, hostCheck)) {
      const at = [...path, ...fault.path];
      faults += 1;
      report(offsetOf(document, at), dotted(at), fault.reason, fault.valid);
    }
  };
  limits(['spec', 'limits']);
  const spec = value?.spec;
  for (const index of (Array.isArray(spec?.schedule) ? spec.schedule : []).keys()) limits(['spec', 'schedule', index, 'limits']);
  const rules = Array.isArray(spec?.rules) ? spec.rules : [];
  for (const [index, rule] of rules.entries()) {
    const first = rules.findIndex((other) => other?.name === rule?.name);
    if (rule?.name === undefined || first === index) continue;
    const at = ['spec', 'rules', index, 'name'];
    faults += 1;
    report(offsetOf(document, at), dotted(at), `spec.rules[${first}] has this name too`, 'a name of its own');
  }
  if (faults === 0 && freezes(value) && matchesEverything(value.spec.match)) {
    faults += 1;
    const reason = 'with state: frozen this would freeze every service and session of the machine, systemd itself among them';
    report(offsetOf(document, ['spec', 'match']), 'spec.match', reason, 'a narrower cgroup or name');
  }
  return faults === 0 ? value : undefined;
}

function freezes({ spec: { limits, schedule = [] } }: PolicyDocument): boolean {
  return [limits, ...schedule.map((each) => each.limits)].some((each) => each?.state === 'frozen');
}

/** The one schema that refers to itself. */
function ruleConditionSchema(): Schema {
  const rule = (PolicyDocument.properties.spec.properties.rules as { items?: { properties: { when: unknown } } }).items;
  return rule!.properties.when as Schema & RuleCondition;
}

/** Where in the text a field stands; of one that is not there, the nearest around it. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node)) return (node as Node).range?.[0] ?? 0;
  }
  return 0;
}

function dotted(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (field, step) => (typeof step === 'number' ? `${field}[${step}]` : field === '' ? step : `${field}.${step}`),
    '',
  );
}

/** The YAML parser recurses: thousands of opening brackets are more than the stack. */
function yamlReason(message: string): string {
  return message.includes('call stack') ? 'this is nested too deeply' : message.split('\n', 1)[0]!.trim();
}
