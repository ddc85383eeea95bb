import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, rfc3339 } from '#agent/containers/clock.js';
import type { EventLog } from '#agent/containers/events.js';
import type { PolicySource, PolicyVerdict } from '#agent/containers/policy-source.js';
import type { DecidePolicy } from '#agent/contract/decision.js';
import { AgentError } from '#agent/contract/errors.js';
import type { PolicyIssue, RefusedFile } from '#agent/contract/policy.js';
import { issueText } from '#agent/contract/policy-issue.js';
import { unlinkDurable, writeFileDurable } from '#agent/store/durable-write.js';
import type { HostCheck } from './check-limits.js';
import { compileRules } from './compile-rules.js';
import { loadFiles, type PolicyFile, unread } from './files.js';
import { KeptFiles, type PolicyFilesKeeper } from './kept-files.js';
import type { PolicySubject } from './match.js';
import { onlyPolicy } from './only-policy.js';
import { type ParsedPolicy, parsePolicies } from './parse.js';
import { type Policy, type PolicyHost, resolvePolicy } from './policy-set.js';
import { readPolicyDir } from './read-dir.js';
import { followEdges } from './schedule-timer.js';
import { VerdictCache } from './verdict-cache.js';
import { type DirectoryWatch, watchDirectory } from './watch-dir.js';

export interface PolicyStoreOptions {
  /** policies.d, which people write. */
  dir: string;
  /** Where policies made through the API are kept; ours. */
  ownDir: string;
  keeper: PolicyFilesKeeper;
  clock: Clock;
  hostCheck: HostCheck;
  host: PolicyHost;
  /** Calls back after policies changed other than by put and remove. */
  onChange: () => void;
}

/** What an editor writes in one go comes as several changes. */
const SETTLE_MS = 50;

/** The policies in force: those of policies.d, read again whenever it changes, and those made through the API. */
export class PolicyStore implements PolicySource {
  readonly #options: PolicyStoreOptions;
  #emit: EventLog['emit'] = () => undefined;
  #own = new Map<string, ParsedPolicy>();
  #ownRefused = new Map<string, RefusedFile>();
  #dirRefused: RefusedFile | undefined;
  #files = new Map<string, PolicyFile>();
  #policies: Policy[] = [];
  #verdicts = this.#cacheOf([]);
  #rules: readonly DecidePolicy[] = [];
  #opened = false;
  #watch: DirectoryWatch | undefined;
  #cancelReload: (() => void) | undefined;
  readonly #edges: ReturnType<typeof followEdges>;
  readonly #kept: KeptFiles;

  /** Makes the directory of its own and reads both. */
  constructor(options: PolicyStoreOptions) {
    this.#options = options;
    this.#edges = followEdges(options.clock, (nowMs) => this.#nextEdgeMs(nowMs), options.onChange);
    mkdirSync(options.ownDir, { recursive: true, mode: 0o700 });
    const own = readPolicyDir(options.ownDir);
    // Acknowledged policies must not be left out in silence.
    if (typeof own === 'string')
      throw new AgentError('CONFIG_INVALID', `the policies in ${options.ownDir} cannot be read: ${own}`);
    for (const [path, text] of own.texts) this.#loadOwn(path, text);
    for (const [path, reason] of own.unreadable) this.#refuseOwn(path, [unread(path, reason)]);
    this.#kept = new KeptFiles(options.keeper);
    this.#files = this.#kept.before(options.dir, (text, path) => this.parse(text, path));
    this.#readFiles();
  }

  /** Follows policies.d from now on; what is wrong there, now and later, is told as events. */
  open(emit: EventLog['emit']): void {
    this.#emit = emit;
    for (const refused of this.refused()) this.#tellRefused(refused);
    this.#kept.tell(this.#emit);
    this.#watch = watchDirectory(this.#options.dir, () => this.#reloadSoon());
    this.#opened = true;
    this.#edges.renew();
  }

  close(): void {
    this.#opened = false;
    this.#edges.close();
    this.#watch?.close();
    this.#cancelReload?.();
  }

  verdict(subject: PolicySubject): PolicyVerdict {
    return this.#verdicts.verdict(subject, this.#options.clock.nowMs());
  }

  /** The time that verdicts are of. */
  nowMs(): number {
    return this.#options.clock.nowMs();
  }

  /** By name. */
  all(): readonly Policy[] {
    return this.#policies;
  }

  /** What rules there are to decide on; the same array as long as no policy changes. */
  rules(): readonly DecidePolicy[] {
    return this.#rules;
  }

  find(name: string): Policy | undefined {
    return this.#policies.find((policy) => policy.name === name);
  }

  refused(): RefusedFile[] {
    const files = [...this.#files.values()].flatMap(({ refused }) => refused ?? []);
    return [...this.#ownRefused.values(), ...(this.#dirRefused === undefined ? [] : [this.#dirRefused]), ...files];
  }

  parse(text: string, file: string): { policies: ParsedPolicy[]; issues: PolicyIssue[] } {
    return parsePolicies(text, { file, hostCheck: this.#options.hostCheck });
  }

  /** What the policies would be with these in place of those of the same names. */
  with(parsed: readonly ParsedPolicy[]): Policy[] {
    const names = new Set(parsed.map(({ name }) => name));
    return [...this.#policies.filter(({ name }) => !names.has(name)), ...parsed.map((policy) => this.#resolve(policy, 'api'))];
  }

  /** Keeps one policy and has it on disk when it returns. Throws POLICY_INVALID (nothing changes) or POLICY_IN_FILE. */
  put(name: string, text: string): void {
    const policy = onlyPolicy(name, this.parse(text, `${name}.yaml`));
    this.#refuseFile(name);
    // What cannot be put in force must not be on disk: the next agent would fail on it.
    compileRules([this.#resolve(policy, 'api')]);
    writeFileDurable(this.#ownPath(name), text);
    this.#own.set(name, policy);
    this.#ownRefused.delete(this.#ownPath(name));
    this.#rebuild();
    this.#emit('policy-apply', undefined, { policy: name });
  }

  /** Throws POLICY_NOT_FOUND or POLICY_IN_FILE. */
  remove(name: string): void {
    this.#refuseFile(name);
    if (!this.#own.has(name) && !this.#ownRefused.has(this.#ownPath(name)))
      throw new AgentError('POLICY_NOT_FOUND', `no policy ${JSON.stringify(name)}`);
    unlinkDurable(this.#ownPath(name));
    this.#own.delete(name);
    this.#ownRefused.delete(this.#ownPath(name));
    this.#readFiles();
    this.#emit('policy-remove', undefined, { policy: name });
  }

  /** What is not told by the kernel: a directory that came, devices that came. */
  refresh(): void {
    this.#watch?.renew();
    this.#reload();
  }

  #reloadSoon(): void {
    this.#cancelReload?.();
    this.#cancelReload = this.#options.clock.after(SETTLE_MS, () => this.#reload());
  }

  #reload(): void {
    const before = new Map([...this.#files].map(([path, { refused }]) => [path, refused]));
    const policies = this.#policies;
    const unreadable = this.#dirRefused?.issues;
    this.#readFiles();
    this.#kept.tell(this.#emit);
    if (this.#dirRefused !== undefined && !isDeepStrictEqual(unreadable, this.#dirRefused.issues))
      this.#tellRefused(this.#dirRefused);
    if (this.#dirRefused === undefined && unreadable !== undefined)
      this.#emit('policy-accept', undefined, { file: this.#options.dir });
    for (const [path, { refused }] of this.#files) {
      if (refused !== undefined && !isDeepStrictEqual(refused.issues, before.get(path)?.issues)) this.#tellRefused(refused);
      if (refused === undefined && before.get(path) !== undefined) this.#emit('policy-accept', undefined, { file: path });
    }
    if (isDeepStrictEqual(policies, this.#policies)) return;
    this.#emit('policy-reload', undefined, { dir: this.#options.dir, policies: this.#policies.length });
    this.#options.onChange();
  }

  /** A directory that cannot be read is as it last was: its policies do not go because a disk fails. */
  #readFiles(): void {
    const { dir, clock } = this.#options;
    const found = readPolicyDir(dir);
    if (typeof found === 'string') {
      const since = this.#dirRefused?.since ?? rfc3339(clock.nowMs());
      this.#dirRefused = { file: dir, since, lastGood: this.#files.size > 0, issues: [unread(dir, found)] };
      this.#rebuild();
      return;
    }
    this.#dirRefused = undefined;
    this.#files = loadFiles({
      before: this.#files,
      ...found,
      apiNames: new Set(this.#own.keys()),
      parse: (text, path) => this.parse(text, path),
      now: rfc3339(clock.nowMs()),
    });
    this.#rebuild();
    this.#kept.keep(this.#files.values());
  }

  #rebuild(): void {
    const policies = [
      ...[...this.#own.values()].map((policy) => this.#resolve(policy, 'api')),
      ...[...this.#files.values()].flatMap(({ path, policies }) => policies.map((policy) => this.#resolve(policy, path))),
    ].sort((a, b) => (a.name < b.name ? -1 : 1));
    const changed = !isDeepStrictEqual(policies, this.#policies);
    // Where nothing changed the verdicts stand, with what was worked out from them.
    if (changed) {
      this.#policies = policies;
      this.#verdicts = this.#cacheOf(policies);
      this.#rules = compileRules(policies);
    }
    if (this.#opened) this.#edges.renew();
  }

  #cacheOf(policies: readonly Policy[]): VerdictCache {
    return new VerdictCache(policies, (nowMs) => this.#nextEdgeMs(nowMs));
  }

  /** When what the schedules say may change. */
  #nextEdgeMs(nowMs: number): number | undefined {
    const edges = this.#policies
      .filter(({ enforce }) => enforce !== 'off')
      .flatMap(({ schedules }) => schedules.flatMap(({ schedule }) => schedule.at(nowMs).edgeMs ?? []));
    return edges.length === 0 ? undefined : Math.min(...edges);
  }

  #resolve(policy: ParsedPolicy, source: string): Policy {
    return resolvePolicy(policy, source, this.#options.host);
  }

  /** One of ours that somebody broke (or that this host cannot take any more) is not in force, and stays for a person to look at. */
  #loadOwn(path: string, text: string): void {
    const { policies, issues } = this.parse(text, path);
    for (const policy of policies) this.#own.set(policy.name, policy);
    if (issues.length > 0) this.#refuseOwn(path, issues);
  }

  #refuseOwn(file: string, issues: PolicyIssue[]): void {
    this.#ownRefused.set(file, { file, since: rfc3339(this.#options.clock.nowMs()), lastGood: false, issues });
  }

  #ownPath(name: string): string {
    return join(this.#options.ownDir, `${name}.yaml`);
  }

  #refuseFile(name: string): void {
    const file = [...this.#files.values()].find(({ policies }) => policies.some((policy) => policy.name === name));
    if (file !== undefined)
      throw new AgentError('POLICY_IN_FILE', `the policy ${name} is that of ${file.path}: change that file`);
  }

  #tellRefused({ file, lastGood, issues }: RefusedFile): void {
    const message = issues.map(issueText).join('\n');
    this.#emit('policy-refuse', undefined, { file, lastGood, message });
  }
}
