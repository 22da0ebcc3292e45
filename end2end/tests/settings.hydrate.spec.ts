// One's own account: password, second factor, sign-ins, API tokens, the end of it. What is shown once needs a script.
import { createHmac } from 'node:crypto';
import type { Page } from '@playwright/test';
import { another, expect, logIn, picture, test, type Person } from '../fixtures/athanor';
import { choose, said } from '../fixtures/language';

/** The settings, alive. */
async function settings(page: Page): Promise<void> {
  await page.goto('/settings', { waitUntil: 'networkidle' });
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings');
}

/** What an app shows for a secret in base 32 (RFC 6238). */
function code(secret: string, at = Date.now()): string {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'));
  const bytes = bits.join('').match(/.{8}/g)!.map((byte) => parseInt(byte, 2));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac('sha1', Buffer.from(bytes)).update(step).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

test('a name is changed, and the frame of the page says it', async ({ page, person }) => {
  await settings(page);
  await expect(page.locator('#profile')).toContainText(person.email);
  await page.locator('#profile-name').fill('Ada the First');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.locator('#profile').getByRole('status')).toHaveText('Saved.');
  await expect(page.getByRole('button', { name: 'Ada the First' })).toBeVisible();
  await picture(page, 'settings');
});

test('a new password ends every other sign-in', async ({ page, person, browser, baseURL }) => {
  const elsewhere = await another(browser, baseURL!);
  await logIn(elsewhere, person);
  await expect(elsewhere).toHaveURL('/');
  await settings(page);
  const [current, chosen] = [page.locator('#current-password'), page.locator('#new-password')];
  const change = page.getByRole('button', { name: 'Change password' });
  await current.fill('not the password');
  await chosen.fill('four old kettles');
  await change.click();
  await expect(page.locator('#current-password-error')).toHaveText('This is not your password.');
  await expect(chosen, 'a refusal leaves the form as it is').toHaveValue('four old kettles');
  await current.fill(person.password);
  await change.click();
  await expect(page.getByText('Changed. You are signed out everywhere else.')).toBeVisible();
  await expect(chosen).toHaveValue('');

  await elsewhere.goto('/jobs');
  await expect(elsewhere).toHaveURL(/\/login/);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings');
  await logIn(elsewhere, person);
  await expect(elsewhere.getByRole('alert')).toHaveText('E-mail or password is wrong.');
  await logIn(elsewhere, { ...person, password: 'four old kettles' });
  await expect(elsewhere).toHaveURL('/');
  await elsewhere.context().close();
});

test('a sign-in is ended from another one', async ({ page, person, browser, baseURL }) => {
  const elsewhere = await another(browser, baseURL!);
  await logIn(elsewhere, person);
  await expect(elsewhere).toHaveURL('/');
  await settings(page);
  const lines = page.locator('#sessions .lines li');
  await expect(lines).toHaveCount(2);
  await expect(lines.filter({ hasText: 'this one' })).toHaveCount(1);
  await expect(lines.first()).toContainText('Chrome on');
  await page.getByRole('button', { name: /^Sign out Chrome/ }).click();
  await expect(lines).toHaveCount(1);
  await elsewhere.goto('/jobs');
  await expect(elsewhere).toHaveURL(/\/login/);
  await elsewhere.context().close();
});

test('a token lets a program in as far as its scope goes, until it is revoked', async ({ page, person, playwright, baseURL }) => {
  void person;
  await settings(page);
  await expect(page.getByText('No tokens yet.')).toBeVisible();
  await page.getByText('Make a token', { exact: true }).click();
  await page.locator('#token-name').fill('nightly');
  await page.locator('#token-days').fill('many');
  await page.getByRole('button', { name: 'Make it' }).click();
  await expect(page.locator('#token-days-error')).toHaveText('Must be between 1 and 3650.');
  await page.locator('#token-days').fill('30');
  await page.getByRole('button', { name: 'Make it' }).click();
  const secret = await page.getByLabel('New token', { exact: true }).inputValue();
  expect(secret).toMatch(/^athanor_/);
  await expect(page.locator('#token-name'), 'empty again').toHaveValue('');
  await expect(page.locator('#token-days')).toHaveValue('90');
  await picture(page, 'settings-token');
  const headers = { authorization: `Bearer ${secret}` };
  const program = await playwright.request.newContext({ baseURL, extraHTTPHeaders: headers });
  expect((await program.get('/api/auth/me')).status()).toBe(200);
  expect((await program.post('/api/experiments', { data: { name: 'x' } })).status(), 'it may only read').toBe(403);

  await page.reload({ waitUntil: 'networkidle' });
  await expect(page.getByLabel('New token', { exact: true }), 'shown once').toHaveCount(0);
  const line = page.locator('#tokens .lines li', { hasText: 'nightly' });
  await expect(line).toContainText('Read');
  await line.getByText('Revoke', { exact: true }).click();
  await line.getByRole('button', { name: 'Yes, revoke' }).click();
  await expect(line).toHaveCount(0);
  expect((await program.get('/api/auth/me')).status()).toBe(401);
  await program.dispose();
});

test('a webhook says what became of its messages', async ({ page, person }) => {
  void person;
  await settings(page);
  const part = page.locator('#webhooks');
  await expect(part).toContainText('No webhooks yet.');
  await part.getByText('Make a webhook', { exact: true }).click();
  await page.locator('#webhook-url').fill('http://127.0.0.1:3000/');
  await part.getByRole('button', { name: 'Make it' }).click();
  await expect(page.locator('#webhook-url-error')).toContainText('is not on the public internet');
  await expect(page.locator('#webhook-url'), 'a refusal leaves the form as it is').toHaveValue('http://127.0.0.1:3000/');
  // Nobody has this name (RFC 6761).
  await page.locator('#webhook-url').fill('https://athanor.invalid/told');
  await part.getByRole('button', { name: 'Make it' }).click();
  await expect(part.getByLabel('Secret', { exact: true })).toHaveValue(/^whsec_/);
  await expect(page.locator('#webhook-url')).toHaveValue('');
  const line = part.locator('.lines li', { hasText: 'https://athanor.invalid/told' });
  await expect(line).toContainText('Nothing has been sent yet.');
  await picture(page, 'settings-webhook');
  await line.getByRole('button', { name: 'Test' }).click();
  await expect(line).toContainText(/ping · did not arrive: /, { timeout: 15_000 });
  await line.getByText('Remove', { exact: true }).click();
  await line.getByRole('button', { name: 'Yes, remove it' }).click();
  await expect(line).toHaveCount(0);
});

/** Switches the second factor on; gives the secret and the recovery codes. */
async function secondFactor(page: Page, person: Person): Promise<{ secret: string; codes: string[] }> {
  await settings(page);
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await expect(page.getByRole('img', { name: 'QR code of the secret' })).toBeVisible();
  const secret = await page.getByLabel('Secret', { exact: true }).inputValue();
  await picture(page, 'settings-second-factor');
  await page.locator('#factor-code').fill(code(secret));
  await page.locator('#factor-password').fill(person.password);
  await page.getByRole('button', { name: 'Switch on' }).click();
  const codes = (await page.getByLabel('Recovery codes', { exact: true }).inputValue()).split('\n');
  expect(codes).toHaveLength(10);
  return { secret, codes };
}

test('a second factor is asked for at the next sign-in, and switched off', async ({ page, person }) => {
  const { codes } = await secondFactor(page, person);
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/login/);
  await logIn(page, person);
  const field = page.getByLabel('Code', { exact: true });
  await expect(field).toBeFocused();
  await expect(page.getByLabel('Password'), 'what was typed stays').toHaveValue(person.password);
  await expect(page.getByLabel('E-mail')).toHaveValue(person.email);
  await field.fill('000000');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.locator('#code-error')).toHaveText('This code is wrong, or it has been used.');
  await field.fill(codes[0].toUpperCase());
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL('/');

  await settings(page);
  await expect(page.getByLabel('Recovery codes', { exact: true }), 'shown once').toHaveCount(0);
  await page.getByText('Switch off', { exact: true }).click();
  await page.locator('#factor-off-password').fill(person.password);
  await page.getByRole('button', { name: 'Yes, switch off' }).click();
  await expect(page.getByRole('button', { name: 'Set up', exact: true })).toBeVisible();
});

test('recovery codes are still there in another language', async ({ page, person }) => {
  const { codes } = await secondFactor(page, person);
  await choose(page, 'en', 'fa');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(said('Settings', 'fa'));
  await expect(page.getByLabel(said('Recovery codes', 'fa'), { exact: true })).toHaveValue(codes.join('\n'));
});

test('an account goes, and with it what it owns', async ({ page, person, baseURL }) => {
  await page.request.post('/api/experiments', { headers: { origin: baseURL! }, data: { name: 'Rates' } });
  await settings(page);
  await page.getByText('Delete my account', { exact: true }).click();
  await expect(page.locator('#deletion')).toContainText('0 datasets, 1 experiment, 0 jobs, 0 models');
  await page.locator('#deletion-password').fill('not the password');
  await page.getByRole('button', { name: 'Yes, delete everything' }).click();
  await expect(page.locator('#deletion-password-error')).toHaveText('This is not your password.');
  await page.locator('#deletion-password').fill(person.password);
  await page.getByRole('button', { name: 'Yes, delete everything' }).click();
  await expect(page).toHaveURL(/\/login/);
  await logIn(page, person);
  await expect(page.getByRole('alert')).toHaveText('E-mail or password is wrong.');
});
