import assert from 'node:assert/strict';
import { openSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { Fd } from '#native/fd.js';
import { loadNsfs } from '#native/nsfs.js';

const TYPES = ['user', 'pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup'];
const open = (path: string) => new Fd(openSync(path, 'r'), path);
const inodeOf = (type: string) => Number(/\d+/.exec(readlinkSync(`/proc/self/ns/${type}`))?.[0]);

test('type, inode and owner of our own namespaces', async () => {
  const nsfs = await loadNsfs();
  for (const type of TYPES) {
    using namespace = open(`/proc/self/ns/${type}`);
    assert.equal(nsfs.type(namespace), type);
    assert.equal(nsfs.inode(namespace), inodeOf(type));
    if (type === 'user') continue;
    using owner = nsfs.userNamespace(namespace);
    // Undefined where we are in a user namespace that did not make this one.
    if (owner !== undefined) assert.equal(nsfs.type(owner), 'user');
  }
});

test('a parent that is none, or not ours to see, is undefined; the owner of our user namespace is a uid', async () => {
  const nsfs = await loadNsfs();
  using user = open('/proc/self/ns/user');
  assert.equal(nsfs.parent(user), undefined);
  assert.ok(Number.isInteger(nsfs.ownerUid(user)));
});

test('what is no namespace has no type, and says which call was refused', async () => {
  const nsfs = await loadNsfs();
  using file = open('/proc/self/stat');
  assert.equal(nsfs.type(file), undefined);
  assert.throws(() => nsfs.userNamespace(file), { code: 'KERNEL', message: /^ioctl NS_GET_USERNS fd \d+: ENOTTY/ });
  using net = open('/proc/self/ns/net');
  assert.throws(() => nsfs.parent(net), { message: /NS_GET_PARENT fd \d+: EINVAL/ });
  assert.throws(() => nsfs.ownerUid(net), { message: /NS_GET_OWNER_UID fd \d+: EINVAL/ });
});
