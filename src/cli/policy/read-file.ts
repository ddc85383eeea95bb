import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { PolicyIssue } from '#agent/contract/policy.js';
import { MAX_BODY_BYTES, MAX_POLICY_CHARS } from '#agent/contract/request-limits.js';
import { NOT_UTF8, utf8Text } from '#agent/contract/utf8-text.js';
import { UsageError } from '#src/cli/flags/usage-error.js';

export interface ReadPolicyFile {
  /** As messages name it. */
  file: string;
  text: string;
  /** Why it cannot be sent to the agent. */
  issues: PolicyIssue[];
}

/** The text of a policy file; `-` is stdin. Throws UsageError when it cannot be read. */
export function readPolicyFile(path: string, cwd: string): ReadPolicyFile {
  const file = path === '-' ? '<stdin>' : path;
  const bytes = bytesOf(path, cwd);
  const at = { file, line: 1, column: 1, field: '' };
  const text = utf8Text(bytes);
  if (typeof text !== 'string') return { file, text: '', issues: [{ file, ...text, field: '', ...NOT_UTF8 }] };
  if (text.length > MAX_POLICY_CHARS)
    return {
      file,
      text,
      issues: [{ ...at, reason: `the file has ${text.length} characters`, valid: `at most ${MAX_POLICY_CHARS}` }],
    };
  if (bytes.length > MAX_BODY_BYTES)
    return { file, text, issues: [{ ...at, reason: `the file has ${bytes.length} bytes`, valid: `at most ${MAX_BODY_BYTES}` }] };
  return { file, text, issues: [] };
}

function bytesOf(path: string, cwd: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : resolve(cwd, path));
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`);
  }
}
