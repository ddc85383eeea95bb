import type { JournalInput } from '#agent/contract/journal.js';
import type { PolicyBackend } from '#agent/contract/policy.js';
import { actingAs, currentCaller } from '#agent/store/journal/acting.js';
import type { JournalWriter } from '#agent/store/journal/journal.js';
import { TsgovError } from '#native/tsgov-error.js';
import type { Policy } from './policy-set.js';

type Told = Pick<Policy, 'name' | 'source' | 'text'>;

/** The same policies; what people put and remove, and what is refused of it, becomes rows of the journal, with the text before and after. */
export function journaledPolicies(
  backend: PolicyBackend,
  find: (name: string) => Told | undefined,
  journal: JournalWriter,
): PolicyBackend {
  const told = async <T>(name: string, act: Pick<JournalInput, 'action' | 'after'>, task: () => Promise<T>): Promise<T> =>
    actingAs(currentCaller(), () => recorded(name, act, task));
  const recorded = async <T>(name: string, act: Pick<JournalInput, 'action' | 'after'>, task: () => Promise<T>): Promise<T> => {
    const before = find(name)?.text ?? null;
    const row: JournalInput = { ...act, before, reason: 'a person asked for it', values: { policy: name } };
    try {
      const result = await task();
      journal.record({ ...row, undo: before === null ? `tsgov policy rm ${name}` : 'tsgov policy apply with the text before' });
      return result;
    } catch (error) {
      const code = error instanceof TsgovError ? `${error.code}: ` : '';
      const result = error instanceof TsgovError ? 'refused' : 'failed';
      journal.record({ ...row, after: before, result, error: `${code}${(error as Error).message}` });
      throw error;
    }
  };
  return {
    ...backend,
    put: (name, text) => told(name, { action: 'policy-put', after: text }, () => backend.put(name, text)),
    remove: (name) => told(name, { action: 'policy-rm', after: null }, () => backend.remove(name)),
  };
}

/** Rows for policies that came, changed or went with a file of policies.d: `changed` compares with what was there at the last call. */
export function policyFileNotes(all: () => readonly Told[], journal: JournalWriter): { changed(): void } {
  const ofFiles = (): Map<string, Told> =>
    new Map(all().flatMap((policy) => (policy.source === 'api' ? [] : [[policy.name, policy] as const])));
  let known = ofFiles();
  const record = (name: string, file: string, before: string | null, after: string | null): void =>
    journal.record({
      actor: 'agent',
      action: after === null ? 'policy-rm' : 'policy-put',
      reason: `${file} changed`,
      before,
      after,
      undo: `change ${file}`,
      values: { policy: name },
    });
  return {
    changed: () => {
      const now = ofFiles();
      for (const { name, source, text } of now.values())
        if (known.get(name)?.text !== text) record(name, source, known.get(name)?.text ?? null, text);
      for (const { name, source, text } of known.values()) if (!now.has(name)) record(name, source, text, null);
      known = now;
    },
  };
}
