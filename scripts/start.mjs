import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildAll } from './build.mjs';
import { ROOT } from './command.mjs';
import { main, say, Trouble } from './say.mjs';
import { ensureApt, RUN_NEEDS } from './setup.mjs';

/** `npm start [-- --seconds N]`: installs, builds, runs the demo, and takes down what a killed demo could not. */
await main(async () => {
  if (process.getuid() !== 0) throw new Trouble('tsgov makes namespaces and cgroups: run npm start as root.');
  ensureApt(RUN_NEEDS);
  await buildAll();
  return demo(process.argv.slice(2));
});

async function demo(args) {
  let leftovers;
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/src/demo/main.js', ...args], {
    cwd: ROOT,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  child.on('message', (message) => {
    leftovers = message.cleaned ? undefined : message;
  });
  // A terminal sends Ctrl-C to both of us; the demo ends first, then we do.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm killed outright leaves us orphaned: nobody watches any more, so the demo ends.
  const starter = process.ppid;
  const orphaned = setInterval(() => process.ppid !== starter && child.kill('SIGTERM'), 500);
  const [code, signal] = await new Promise((done) => child.once('close', (...end) => done(end)));
  clearInterval(orphaned);
  if (leftovers !== undefined) {
    say(`the demo ended with ${signal ?? `exit code ${code}`} before it had cleaned up: doing it now`);
    const { cleanUp } = await import(join(ROOT, 'dist/src/demo/clean-up.js'));
    await cleanUp(leftovers);
  }
  return code ?? 1;
}
