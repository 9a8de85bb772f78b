/** Which addresses a stranger may make us call, in every spelling (net/guard.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAllowedAddress, readTarget } from '../../src/net/guard.ts';
import { Refusal } from '../../src/std/errors.ts';
import { fc } from '../support/property.ts';

function refusedFor(url: string, allowLoopback = false): Refusal | undefined {
  try {
    readTarget(url, allowLoopback);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    assert.equal(error.code, 'address_refused');
    return error;
  }
}

const LOOPBACK_SPELLINGS = [
  'http://127.0.0.1/a.png',
  'http://127.0.0.1./',
  'http://127.1/',
  'http://127.255.255.254:8080/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.0.0.1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://%31%32%37.0.0.1/',
  'http://①②⑦.⓪.⓪.①/',
  'http://127。0。0。1/',
  'http:\\\\127.0.0.1\\a.png',
  'https://[::1]/',
  'http://[0:0:0:0:0:0:0:1]:8080/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[64:ff9b::127.0.0.1]/',
  'http://localhost/',
  'http://LOCALHOST./',
  'http://foo.localhost/',
  'http://localhost.localdomain/',
  'http://ip6-localhost/',
];

const PRIVATE = [
  'http://0.0.0.0/',
  'http://0/',
  'http://[::]/',
  'http://10.0.0.1/',
  'http://10.1/',
  'http://167772161/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://0xc0a80101/',
  'http://100.64.0.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://0xa9fea9fe/',
  'http://2852039166/',
  'http://0251.0376.0251.0376/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[64:ff9b:1::a00:1]/',
  'http://[::10.0.0.1]/',
  'http://[2002:a00:1::]/',
  'http://[2002:7f00:1::1]/',
  'http://[2001:0:a00:1::]/',
  'http://[fd00:ec2::254]/',
  'http://[fc00::1]/',
  'http://[fe80::1]/',
  'http://[fe80::1%25eth0]/',
  'http://[fec0::1]/',
  'http://[ff02::1]/',
  'http://[100::1]/',
  'http://[2001:db8::1]/',
  'http://[4000::1]/',
  'http://100.100.100.200/',
  'http://168.63.129.16/',
  'http://192.0.0.192/',
  'http://192.0.2.1/',
  'http://198.18.0.1/',
  'http://198.51.100.7/',
  'http://203.0.113.9/',
  'http://192.88.99.1/',
  'http://224.0.0.1/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  'http://metadata/',
  'http://metadata.google.internal/computeMetadata/v1/',
  'http://instance-data.ec2.internal/',
  'http://METADATA.GOOGLE.INTERNAL./',
  'http://printer.local/',
  'http://nas.lan/',
  'http://router.home.arpa/',
  'http://intranet/',
  'http://hidden.onion/',
];

const NOT_WEB = [
  'ftp://example.com/a.png',
  'file:///etc/passwd',
  'gopher://example.com/',
  'data:image/png;base64,AAAA',
  'javascript:alert(1)',
  'http://user@example.com/',
  'http://user:secret@example.com/',
  'http://example.com:22/',
  'http://example.com:25/',
  'http://example.com:0/',
  'http://example.com:6379/',
  'http://example.com:99999/',
  'http://',
  'http://./',
  'http://exa mple.com/',
  'example.com/a.png',
  '//example.com/a.png',
  '',
  `http://example.com/${'a'.repeat(5000)}`,
];

test('every spelling of loopback is refused, and passes where loopback is allowed', () => {
  for (const url of LOOPBACK_SPELLINGS) {
    assert.ok(refusedFor(url), `${url} should be refused`);
    assert.equal(refusedFor(url, true), undefined, `${url} should pass where loopback is allowed`);
  }
});

test('private, link-local, reserved and metadata hosts are refused, also where loopback is allowed', () => {
  for (const url of PRIVATE) {
    assert.ok(refusedFor(url), `${url} should be refused`);
    assert.ok(refusedFor(url, true), `${url} should be refused where loopback is allowed`);
  }
});

test('what is not a plain web address is refused', () => {
  for (const url of NOT_WEB) assert.ok(refusedFor(url, true), `${url} should be refused`);
});

test('public hosts pass', () => {
  for (const url of [
    'http://example.com/a.png?b=c#d',
    'https://example.com:8443/',
    'http://1.1.1.1/',
    'http://[2606:4700:4700::1111]/',
    'http://[::ffff:8.8.8.8]/',
    'http://[64:ff9b::8.8.8.8]/',
    'http://bücher.example.com/',
    'http://localhost.example.com/',
  ]) {
    assert.equal(refusedFor(url), undefined, `${url} should pass`);
  }
});

test('the message names what the caller gave and the way out', () => {
  assert.equal(
    refusedFor('http://2130706433/')?.message,
    '127.0.0.1 is not on the public internet. Use a public http or https address.',
  );
});

test('text that is no address is never allowed', () => {
  for (const text of ['', 'example.com', 'fe80::1%eth0', '1.1.1.1/8', '[::1]', '::ffff:127.0.0.1%lo']) {
    assert.equal(isAllowedAddress(text, true), false, text);
  }
});

test('an IPv4 address is judged alike however it is written', () => {
  fc.assert(
    fc.property(fc.nat({ max: 0xffffffff }), (number) => {
      const dotted = [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
      const expected = isAllowedAddress(dotted, false);
      const hex = number.toString(16).padStart(8, '0');
      assert.equal(isAllowedAddress(`::ffff:${dotted}`, false), expected);
      for (const host of [
        `${number}`,
        `0x${hex}`,
        `0${number.toString(8)}`,
        `[::ffff:${hex.slice(0, 4)}:${hex.slice(4)}]`,
      ]) {
        assert.equal(refusedFor(`http://${host}/`) === undefined, expected, `${host} is ${dotted}`);
      }
      assert.equal(isAllowedAddress(`2002:${hex.slice(0, 4)}:${hex.slice(4)}::1`, false), false);
      assert.equal(isAllowedAddress(`::${hex.slice(0, 4)}:${hex.slice(4)}`, false), false);
    }),
  );
});
