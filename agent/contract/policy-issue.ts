import type { PolicyIssue } from './policy.js';

/** `FILE:LINE:COLUMN: FIELD: REASON; valid: …`, one line. */
export function issueText({ file, line, column, field, reason, valid }: PolicyIssue): string {
  return `${file}:${line}:${column}: ${field === '' ? '' : `${field}: `}${reason}${valid === '' ? '' : `; valid: ${valid}`}`;
}
