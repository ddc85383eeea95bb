import { dirname } from 'node:path';
import type { PolicyIssue, RefusedFile } from '#agent/contract/policy.js';
import { NOT_UTF8, type NotUtf8 } from '#agent/contract/utf8-text.js';
import type { ParsedPolicy } from './parse.js';

/** What is known of one file of policies.d. */
export interface PolicyFile {
  path: string;
  text: string;
  /** In force: of this text, or of the last good one. */
  policies: ParsedPolicy[];
  /** The text they are of; undefined: it never was good. */
  goodText?: string;
  refused?: RefusedFile;
}

export interface LoadInput {
  /** What was in force before, by path. */
  before: ReadonlyMap<string, PolicyFile>;
  /** The files there are, by path. */
  texts: ReadonlyMap<string, string>;
  /** Those that cannot be read, by path: why. */
  unreadable: ReadonlyMap<string, string | NotUtf8>;
  /** Names of policies made through the API. */
  apiNames: ReadonlySet<string>;
  parse: (text: string, path: string) => { policies: ParsedPolicy[]; issues: PolicyIssue[] };
  /** RFC 3339, for files refused now. */
  now: string;
}

/**
 * What policies.d means now: each good file as it stands, each bad one as it last was good, or not at all. A file that claims a name
 * another policy has is bad; who had the name keeps it, then files in the order of their names. Pure.
 */
export function loadFiles({ before, texts, unreadable, apiNames, parse, now }: LoadInput): Map<string, PolicyFile> {
  const owners = new Map<string, string>([...apiNames].map((name) => [name, 'the API (tsgov policy rm removes it)']));
  const files = new Map<string, PolicyFile>();
  const paths = [...texts.keys(), ...unreadable.keys()].sort();
  const unchanged = (path: string): boolean =>
    texts.has(path) && before.get(path)?.text === texts.get(path) && before.get(path)?.refused === undefined;
  const parsed = (path: string, text: string): ReturnType<typeof parse> => {
    const reason = unreadable.get(path);
    return reason === undefined ? parse(text, path) : { policies: [], issues: [unread(path, reason)] };
  };
  for (const path of [...paths.filter(unchanged), ...paths.filter((each) => !unchanged(each))]) {
    const known = before.get(path);
    const text = texts.get(path) ?? '';
    const { policies, issues } = unchanged(path) ? { policies: known?.policies ?? [], issues: [] } : parsed(path, text);
    const clashes = policies
      .filter(({ name }) => owners.has(name))
      .map((policy) => clash(policy, path, owners.get(policy.name)!));
    const all = [...issues, ...clashes];
    const inForce = all.length === 0 ? policies : (known?.policies ?? []).filter(({ name }) => !owners.has(name));
    for (const { name } of inForce) owners.set(name, path);
    const goodText = all.length === 0 ? text : known?.goodText;
    files.set(path, {
      path,
      text,
      policies: inForce,
      ...(goodText !== undefined && { goodText }),
      ...(all.length === 0 ? {} : { refused: refusal(path, all, inForce.length > 0, known, now) }),
    });
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What was good of the files below `dir` when an earlier agent kept it, as far as this host still takes it. Pure. */
export function goodBefore(dir: string, texts: ReadonlyMap<string, string>, parse: LoadInput['parse']): Map<string, PolicyFile> {
  const files = new Map<string, PolicyFile>();
  for (const [path, text] of texts) {
    const { policies, issues } = parse(text, path);
    if (dirname(path) === dir && issues.length === 0) files.set(path, { path, text, policies, goodText: text });
  }
  return files;
}

/** As an issue of the file's, or of the directory's. */
export function unread(file: string, reason: string | NotUtf8): PolicyIssue {
  if (typeof reason !== 'string') return { file, ...reason, field: '', ...NOT_UTF8 };
  return { file, line: 1, column: 1, field: '', reason: `this cannot be read: ${reason}`, valid: 'what the agent may read' };
}

function refusal(
  path: string,
  issues: PolicyIssue[],
  lastGood: boolean,
  known: PolicyFile | undefined,
  now: string,
): RefusedFile {
  return { file: path, since: known?.refused?.since ?? now, lastGood, issues };
}

function clash({ name, nameAt }: ParsedPolicy, file: string, owner: string): PolicyIssue {
  return {
    file,
    ...nameAt,
    field: 'metadata.name',
    reason: `the policy ${name} is there already, from ${owner}`,
    valid: 'a name of its own',
  };
}
