/** What is sealed opens with its key, in its place and unchanged, and not otherwise. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seal, sealKeyOf, sealPrefix, Unsealable, unseal } from '../../src/std/crypto.ts';
import { systemRandom } from '../../src/std/random.ts';

const one = sealKeyOf(new Uint8Array(32).fill(1));
const two = sealKeyOf(new Uint8Array(32).fill(2));
const SECRET = 'sk-Ünïcode \u0000 🎬';

const refused = (run: () => unknown, message: RegExp) =>
  assert.throws(run, (error) => {
    assert.ok(error instanceof Unsealable);
    assert.match(error.message, message);
    assert.ok(!error.message.includes('sk-'));
    return true;
  });

test('a sealed text names its key, opens with it among others, and never looks the same', () => {
  const texts = [1, 2, 3].map(() => seal(one, SECRET, 'account:main', systemRandom));
  assert.equal(new Set(texts).size, 3);
  for (const text of texts) {
    assert.ok(text.startsWith(sealPrefix(one.id)));
    assert.equal(unseal([two, one], text, 'account:main'), SECRET);
  }
  assert.match(one.id, /^[0-9a-f]{8}$/);
  assert.notEqual(one.id, two.id);
  assert.equal(unseal([one], seal(one, '', 'empty', systemRandom), 'empty'), '');
});

test('without its key it says which one is missing', () => {
  const text = seal(one, SECRET, 'account:main', systemRandom);
  refused(() => unseal([two], text, 'account:main'), new RegExp(`key ${one.id}, which this gateway does not have`));
  refused(() => unseal([], text, 'account:main'), new RegExp(one.id));
});

test('in another row, changed anywhere, cut short or under another name of a key it does not open', () => {
  const text = seal(one, SECRET, 'account:main', systemRandom);
  refused(() => unseal([one], text, 'account:other'), /changed outside of this program/);
  refused(() => unseal([two], text.replace(one.id, two.id), 'account:main'), /changed outside of this program/);
  const parts = text.split('.');
  for (const at of [2, 3, 4]) {
    const bytes = Buffer.from(parts[at] ?? '', 'base64url');
    for (const place of [0, bytes.length - 1]) {
      const bent = Buffer.from(bytes);
      bent[place] = (bent[place] ?? 0) ^ 1;
      const changed = parts.with(at, bent.toString('base64url')).join('.');
      refused(() => unseal([one], changed, 'account:main'), /changed outside of this program/);
    }
    // A short tag would be a tag that can be guessed.
    const short = parts.with(at, bytes.subarray(0, 4).toString('base64url')).join('.');
    refused(() => unseal([one], short, 'account:main'), /changed outside of this program/);
  }
  for (const none of ['', 'v1', 'v0.x.y.z.w', 'plain text', parts.slice(0, 4).join('.')]) {
    refused(() => unseal([one], none, 'account:main'), /not in a form/);
  }
});
