import { LiveAgent } from './live-agent.js';

/** Answers over TCP too, on a port of its own. */
export class TcpAgent extends LiveAgent {
  override get env(): NodeJS.ProcessEnv {
    return { ...super.env, TSGOV_LISTEN: '127.0.0.1:0' };
  }

  /** Of its status page; once it runs. */
  get url(): string {
    const { listen } = JSON.parse(this.ok('info', '--format', 'json')) as { listen: string };
    return `http://${listen}/`;
  }
}
