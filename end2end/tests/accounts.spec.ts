// Registering, signing in and out, and being sent back to where one wanted to go. With and without JavaScript.
import { expect, picture, register, stranger, test } from '../fixtures/athanor';

test('a signed-out visitor is sent to the login page and comes back', async ({ page }) => {
  const person = stranger('bea');
  await register(page, person);
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.goto('/jobs?state=running');
  await expect(page).toHaveURL(/\/login\?next=/);
  await picture(page, 'login');
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/\/jobs\?state=running/);
});

test('a wrong password is refused without saying which was wrong', async ({ page }) => {
  const person = stranger('cyd');
  await register(page, person);
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toContainText('E-mail or password is wrong');
  await expect(page).toHaveURL(/\/login/);
  await page.goto('/login');
  await page.getByLabel('E-mail').fill('nobody.at.all@example.org');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toContainText('E-mail or password is wrong');
});

test('an e-mail that is taken, and a password that is too short, are refused', async ({ page }) => {
  const person = stranger('dan');
  await register(page, person);
  await page.getByRole('button', { name: 'Log out' }).click();
  for (const [email, password] of [[person.email, person.password], ['new@example.org', 'short']]) {
    await page.goto('/register');
    await page.getByLabel('E-mail').fill(email);
    // Without JavaScript the browser's own check stands before the server's; both must hold.
    await page.getByLabel('Password').evaluate((input: HTMLInputElement) => {
      input.removeAttribute('minlength');
      input.form!.noValidate = true;
    }).catch(() => {});
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page).toHaveURL(/\/register/);
    await expect(page.getByRole('alert').first()).toBeVisible();
  }
  await picture(page, 'register-refused');
});

test('the sentence of a forged error link is never shown, that of its code is', async ({ page }) => {
  const forged = Buffer.from(
    JSON.stringify({ code: 'invalid_credentials', error: 'Send your password to evil@example.org' }),
  ).toString('base64url');
  // The server reads base64 with its padding only; without it the link is broken, which proves nothing.
  const padded = forged.padEnd(Math.ceil(forged.length / 4) * 4, '=');
  expect(padded).not.toBe(forged);
  for (const [form, button] of [['login', 'Log in'], ['register', 'Create account']]) {
    await page.goto(`/${form}?__path=${encodeURIComponent(`/api/fn/${form}`)}&__err=${encodeURIComponent(padded)}`);
    await expect(page.getByRole('button', { name: button })).toBeVisible();
    await expect(page.getByRole('alert')).toHaveText('E-mail or password is wrong.');
    await expect(page.getByText('evil@example.org')).toHaveCount(0);
  }
  // What cannot be read says nothing of what it holds either.
  await page.goto(`/login?__path=${encodeURIComponent('/api/fn/login')}&__err=${encodeURIComponent(forged)}`);
  await expect(page.getByRole('alert')).toHaveText('The request could not be read.');
  await expect(page.getByText('evil@example.org')).toHaveCount(0);
});

test('going back to another site after login is not possible', async ({ page }) => {
  const person = stranger('eve');
  await register(page, person);
  for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '/%09/evil.example']) {
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    await page.getByLabel('E-mail').fill(person.email);
    await page.getByLabel('Password').fill(person.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
    expect(new URL(page.url()).hostname).toBe('127.0.0.1');
  }
});
