import type { UsageView } from '#agent/contract/usage.js';
import { durationText, plainText } from '#agent/page/view/format.js';
import { ROW_SIGNALS } from '#agent/page/view/rows.js';
import { keepToken } from './ask.js';
import { detail } from './detail.js';
import { byId, setAttributes, setText } from './dom.js';
import { follow, type LiveState } from './live.js';
import { nodeLine } from './node-line.js';
import { overview } from './overview.js';

interface View {
  element: HTMLElement;
  update(view: UsageView): void;
}

/** Containers; what systemd and others put into cgroups of their own is shown when it is wanted. */
const CONTAINERS = 'tsgov,docker,podman,containerd,kubernetes,crio,lxc,nspawn';
const CONTAINER = /^#\/container\/(.+)$/;

const drawNode = nodeLine(byId('node'));
let others = false;
let stop: (() => void) | undefined;
let seenAtMs: number | undefined;
let state: LiveState = { kind: 'connecting' };

/** Shows what the address names, and follows it. */
function show(moveFocus: boolean): void {
  stop?.();
  const id = CONTAINER.exec(location.hash)?.[1];
  const { view, path } = id === undefined ? all() : one(decodeURIComponent(id));
  byId('main').replaceChildren(view.element);
  if (moveFocus) (view.element.querySelector('h2') as HTMLElement).focus();
  stop = follow(path, {
    data: (text) => {
      const usage = JSON.parse(text) as UsageView;
      seenAtMs = Date.now();
      setText(byId('host'), plainText(usage.node.hostname));
      drawNode(usage.node);
      view.update(usage);
    },
    state: tell,
  });
}

function all(): { view: View; path: string } {
  document.title = 'tsgov';
  const view = overview((wanted) => {
    others = wanted;
    show(false);
    byId('others').focus();
  }, others);
  return { view, path: `/v1/stats/stream?runtime=${others ? 'all' : CONTAINERS}&signals=${ROW_SIGNALS.join()}` };
}

function one(id: string): { view: View; path: string } {
  return { view: detail(id), path: `/v1/stats/stream?${new URLSearchParams({ runtime: 'all', container: id })}` };
}

function tell(now: LiveState): void {
  state = now;
  const line = byId('state');
  setAttributes(line, { 'data-state': now.kind });
  byId('login').hidden = now.kind !== 'token';
  byId('main').classList.toggle('stale', now.kind === 'lost' || now.kind === 'token');
  setText(line, stateText());
  tellAge();
}

function stateText(): string {
  if (state.kind === 'live') return 'live';
  if (state.kind === 'token') return 'needs the token';
  if (state.kind === 'connecting') return 'connecting …';
  return `lost: ${plainText(state.why)}`;
}

/** Beside the state, which is read aloud when it changes: this changes every second. */
function tellAge(): void {
  const old = state.kind === 'lost' && seenAtMs !== undefined;
  setText(byId('age'), old ? `figures are ${durationText(Date.now() - (seenAtMs ?? 0))} old` : '');
}

byId('login').addEventListener('submit', (event) => {
  event.preventDefault();
  const input = byId('token') as HTMLInputElement;
  keepToken(input.value.trim());
  input.value = '';
  show(false);
});
setInterval(tellAge, 1000);
window.addEventListener('hashchange', () => show(true));
show(false);
