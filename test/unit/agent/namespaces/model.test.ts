import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NamespaceView } from '#agent/contract/namespaces.js';
import type { FoundNamespace } from '#agent/namespaces/found.js';
import { parseNamespaceLink } from '#agent/namespaces/link.js';
import { namespaceViews } from '#agent/namespaces/model.js';
import { namespaceTree } from '#agent/namespaces/tree.js';

test('links of /proc/PID/ns, and what looks like one', () => {
  assert.deepEqual(parseNamespaceLink('net:[4026531840]'), { type: 'net', inode: 4026531840 });
  for (const other of ['socket:[12]', 'net:[]', 'net:[x]', 'net:[0]', 'anon_inode:[eventpoll]', '/net:[1]', 'net:[1', ''])
    assert.equal(parseNamespaceLink(other), undefined, other);
});

const found = (over: Partial<FoundNamespace>): FoundNamespace => ({ type: 'net', inode: 9, pids: [], holders: [], ...over });
const web = { id: 'w1', name: 'web', runtime: 'tsgov' };
const side = { id: 's1', name: 'side', runtime: 'docker' };
const facts = {
  host: new Set([1]),
  containerOf: (pid: number) => ({ 20: web, 21: side, 22: web })[pid],
  oldest: ({ pids: [pid] }: FoundNamespace) => (pid === undefined ? null : { pid, command: `c${pid}`, uid: 0, user: 'root' }),
};

test('the owner is the container of the oldest process; all containers in it are told, once each', () => {
  const [view] = namespaceViews([found({ pids: [20, 21, 22] })], facts);
  assert.deepEqual(view?.container, web);
  assert.deepEqual(view?.containers, [side, web]);
  assert.equal(view?.processes, 3);
});

test("the host's own has no owner, though containers share it", () => {
  const [view] = namespaceViews([found({ inode: 1, pids: [20] })], facts);
  assert.deepEqual([view?.host, view?.container, view?.containers], [true, null, [web]]);
});

test('without a process: what holds it; what is not known is null', () => {
  const holders = [{ kind: 'mount' as const, path: '/run/netns/x', pid: 1, fd: null }];
  assert.deepEqual(namespaceViews([found({ holders })], facts), [
    {
      inode: 9,
      type: 'net',
      processes: 0,
      oldest: null,
      host: false,
      container: null,
      containers: [],
      parent: null,
      userNamespace: null,
      ownerUid: null,
      holders,
    },
  ]);
});

test('by type, then by inode', () => {
  const views = namespaceViews([found({ inode: 7 }), found({ inode: 3 }), found({ type: 'user', inode: 8 })], facts);
  assert.deepEqual(
    views.map(({ inode }) => inode),
    [8, 3, 7],
  );
});

const node = (inode: number, parent: number | null, type: NamespaceView['type'] = 'user'): NamespaceView =>
  namespaceViews([found({ inode, type, ...(parent === null ? {} : { parent }) })], facts)[0] as NamespaceView;

test('a tree: parents first, one whose parent is not seen is a root, other types are left out', () => {
  const tree = namespaceTree([node(5, 4), node(1, null), node(2, 1), node(3, 2), node(6, 1), node(9, null, 'net'), node(10, 77)]);
  assert.deepEqual(
    tree.map(({ inode, depth }) => [inode, depth]),
    [
      [5, 0],
      [1, 0],
      [2, 1],
      [3, 2],
      [6, 1],
      [10, 0],
    ],
  );
});
