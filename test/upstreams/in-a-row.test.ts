/** Two gateways in a row: what a model makes new, of words and pictures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPERATIONS } from '../../src/core/request.ts';
import { nativeClient } from '../support/native.ts';
import { rowSuite, USES_VIDEOS } from '../support/in-a-row-cases.ts';

await rowSuite(
  'words and pictures',
  OPERATIONS.filter((operation) => !USES_VIDEOS.has(operation)),
  ({ near }) => {
    test('the near one knows what its account has', async () => {
      const { body } = await nativeClient(near).send('GET', '/accounts');
      const { accounts } = body as { accounts: { upstream: string; credits: { monthly: number; package: number } }[] };
      const account = accounts.find(({ upstream }) => upstream === 'pixverse');
      assert.ok(account && account.credits.monthly + account.credits.package > 0, JSON.stringify(accounts));
    });
  },
);
