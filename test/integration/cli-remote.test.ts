import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LiveAgent, TSGOV } from '#test/support/live-agent.js';

/** An agent with TLS and a token, as docs/remote.md starts one. */
class RemoteAgent extends LiveAgent {
  get cert(): string {
    return join(this.dir, 'cert.pem');
  }

  get token(): string {
    return join(this.dir, 'token');
  }

  /** Before the agent starts. */
  prepare(): void {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      ...kind,
      ...subject,
      '-keyout',
      join(this.dir, 'key.pem'),
      '-out',
      this.cert,
    ]);
    assert.equal(made.status, 0, String(made.stderr));
    writeFileSync(this.token, 'a-secret\n');
    chmodSync(this.token, 0o600);
  }

  override get env(): NodeJS.ProcessEnv {
    const tls = { TSGOV_TLS_CERT: this.cert, TSGOV_TLS_KEY: join(this.dir, 'key.pem'), TSGOV_TOKEN_FILE: this.token };
    return { ...super.env, ...tls, TSGOV_LISTEN: '127.0.0.1:0' };
  }
}

const agent = new RemoteAgent();
let host = '';
before(async () => {
  agent.prepare();
  await agent.startAgent();
  host = `https://${(JSON.parse(agent.ok('info', '--format', 'json')) as { listen: string }).listen}`;
});
after(() => agent.stop());

/** As a user elsewhere: nothing of the agent's own environment. */
function remote(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const env = { PATH: agent.env.PATH };
  const { status, stdout, stderr } = spawnSync(TSGOV, ['--host', host, ...args], { env, encoding: 'utf8', input: '' });
  return { code: status, stdout, stderr };
}

test('over TLS with the token everything works: run with its output, exec, limit', () => {
  const credentials = ['--ca', agent.cert, '--token-file', agent.token];
  const run = remote(...credentials, 'run', '--rm', 'host:', 'sh', '-c', 'echo out; echo err >&2; exit 7');
  assert.deepEqual([run.code, run.stdout, run.stderr], [7, 'out\n', 'err\n']);
  assert.equal(remote(...credentials, 'run', '-d', '--name', 'far', 'host:', 'sleep', '1000').code, 0);
  assert.equal(remote(...credentials, 'exec', 'far', 'echo', 'in there').stdout, 'in there\n');
  assert.equal(remote(...credentials, 'limit', '-q', 'far', '--pids-limit', '33').code, 0);
  assert.equal(agent.inspect('far').limits.pids?.max, 33);
});

for (const [what, args, says] of [
  ['a certificate nobody vouches for', ['ps'], /the certificate of https:\S+ is not trusted \(\w+\): .*see --ca/],
  ['no token', ['--ca', 'CERT', 'rm', 'far'], /needs the header.*\n {2}hint: .*--token-file/s],
  ['a wrong token', ['--ca', 'CERT', '--token-file', 'WRONG', 'rm', 'far'], /needs the header/],
  ['a token file that is not there', ['--token-file', '/no/such/token', 'ps'], /--token-file: ENOENT/],
  ['an empty token file', ['--token-file', '/dev/null', 'ps'], /--token-file: \/dev\/null is empty/],
  ['a ca that is not there', ['--ca', '/no/such/ca', 'ps'], /--ca: ENOENT/],
] as [string, string[], RegExp][])
  test(`refused and said: ${what}`, () => {
    const wrong = join(agent.dir, 'wrong');
    writeFileSync(wrong, 'guess');
    const files: Record<string, string> = { CERT: agent.cert, WRONG: wrong };
    const { code, stdout, stderr } = remote(...args.map((word) => files[word] ?? word));
    assert.notEqual(code, 0);
    assert.equal(stdout, '');
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /\n\s+at |internal error/);
  });

test('reading needs no token on loopback', () => {
  assert.equal(remote('--ca', agent.cert, 'ps', '-q').code, 0);
});

for (const [what, flags, says] of [
  ['a certificate without its key', ['--tls-cert', '/dev/null'], /--tls-cert and --tls-key belong together/],
  [
    'a certificate that is none',
    ['--tls-cert', '/dev/null', '--tls-key', '/dev/null'],
    /the TLS certificate and key cannot be used: /,
  ],
  ['an open address without token', ['--listen', '0.0.0.0:0'], /not loopback, which needs TLS and a token/],
] as [string, string[], RegExp][])
  test(`an agent does not start with ${what}`, () => {
    const env = { ...agent.env, TSGOV_TLS_CERT: '', TSGOV_TLS_KEY: '', TSGOV_TOKEN_FILE: '' };
    const dirs = ['--root', join(agent.dir, 'other-root'), '--state', join(agent.dir, 'other-state')];
    const args = ['agent', ...dirs, ...(flags.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']), ...flags];
    const { status, stderr } = spawnSync(TSGOV, args, { env, encoding: 'utf8', timeout: 60_000 });
    assert.ok(status === 2 || status === 1 || status === 125, `exit ${status}: ${stderr}`);
    assert.match(stderr, says);
  });
