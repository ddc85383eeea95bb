// dist/bin/agent.cjs: runs agent-bundle.js beside it, with V8's code cache where it fits this Node; where it does not, V8 parses the
// file, which takes longer and is the same otherwise. `node agent.cjs --write-cache` makes the cache, with what the bundle's own
// modules had compiled once they were loaded.
const { createHash } = require('node:crypto');
const { readFileSync, writeFileSync } = require('node:fs');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

const DIGEST_BYTES = 20;
const filename = `${__dirname}/agent-bundle.js`;
const cacheFile = `${__dirname}/agent-bundle.cache`;

const source = readFileSync(filename);
// V8 compares no more of the source than its length.
const digest = createHash('sha1').update(source).digest();
const script = new Script(source.toString('latin1'), { filename, cachedData: cachedData() });
const bundle = { exports: {} };
script.runInThisContext()(bundle, bundle.exports, require, filename, __dirname, pathToFileURL(filename).href);
exports.startAgent = bundle.exports.startAgent;

if (require.main === module && process.argv[2] === '--write-cache')
  writeFileSync(cacheFile, Buffer.concat([digest, script.createCachedData()]));

function cachedData() {
  try {
    const cache = readFileSync(cacheFile);
    return digest.equals(cache.subarray(0, DIGEST_BYTES)) ? cache.subarray(DIGEST_BYTES) : undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
