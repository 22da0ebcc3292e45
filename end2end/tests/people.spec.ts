// People: invited, given a role, locked, asked for a new password, handed over and deleted; things are shared among them. With
// and without JavaScript, but for what is shown once.
import type { Browser, Page } from '@playwright/test';
import { another, expect, logIn, picture, reached, register, stranger, submit, test } from '../fixtures/athanor';

test.use({ ownServer: true });

const script = () => test.info().project.name === 'js';

/** A page of somebody new. */
async function somebody(browser: Browser, baseURL: string, name: string) {
  const page = await another(browser, baseURL, script());
  const person = stranger(name);
  await register(page, person);
  return { page, person };
}

/** The line of somebody, with all that can be done. */
async function managed(page: Page, email: string) {
  await page.goto(`/admin/users?search=${encodeURIComponent(email)}`);
  const line = page.locator('.people > li');
  await expect(line).toHaveCount(1);
  await expect(line).toContainText(email);
  await line.getByRole('link', { name: 'Manage' }).click();
  await expect(page).toHaveURL(/person=/);
  await expect(line.locator('.line-more')).toBeVisible();
  return line;
}

test('who has an invitation makes an account with its role', async ({ page, admin, browser, baseURL }) => {
  await logIn(page, admin);
  await expect(page).toHaveURL('/');
  await page.goto('/admin/users');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('People');
  let path: string;
  if (script()) {
    await page.locator('#invitation-role').selectOption('viewer');
    await page.getByRole('button', { name: 'Make an invitation' }).click();
    const link = await page.getByLabel('Invitation', { exact: true }).inputValue();
    expect(link.startsWith(`${baseURL}/register?invitation=`), link).toBe(true);
    path = link.slice(baseURL!.length);
    await picture(page, 'invitation');
  } else {
    const made = await page.request.post('/api/invitations', { headers: { origin: baseURL! }, data: { role: 'viewer' } });
    path = (await made.json()).path;
  }
  await page.goto('/admin/users');
  // The server may have invitations of other tests.
  const lines = page.locator('#invitations .lines li', { hasText: 'Whoever has the link' });
  const line = lines.filter({ hasText: 'Viewer' });
  await expect(line).toHaveCount(1);

  const invited = await another(browser, baseURL!, script());
  const person = stranger('ivy');
  await invited.goto(path);
  await expect(invited.getByText('You have been invited')).toBeVisible();
  await invited.getByLabel('E-mail').fill(person.email);
  await invited.getByLabel('Password').fill(person.password);
  await invited.getByRole('button', { name: 'Create account' }).click();
  await expect(invited).toHaveURL('/');
  await invited.goto('/settings');
  await expect(invited.locator('#profile')).toContainText('Viewer');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('People');
  await expect(line).toHaveCount(0);

  // It works once.
  const late = await another(browser, baseURL!, script());
  await late.goto(path);
  await late.getByLabel('E-mail').fill(stranger('lia').email);
  await late.getByLabel('Password').fill(person.password);
  await late.getByRole('button', { name: 'Create account' }).click();
  await expect(late.getByRole('alert')).toBeVisible();
  await expect(late).toHaveURL(/\/register/);
  await Promise.all([invited.context().close(), late.context().close()]);
});

test('an invitation is withdrawn', async ({ page, admin, baseURL }) => {
  await logIn(page, admin);
  await expect(page).toHaveURL('/');
  const email = stranger('wes').email;
  await page.request.post('/api/invitations', { headers: { origin: baseURL! }, data: { email } });
  await page.goto('/admin/users');
  const line = page.locator('#invitations .lines li', { hasText: email });
  await line.getByRole('button', { name: 'Withdraw' }).click();
  await expect(line).toHaveCount(0);
});

test('a role is given, an account is locked and let in again', async ({ page, admin, browser, baseURL }) => {
  const { page: theirs, person } = await somebody(browser, baseURL!, 'max');
  await logIn(page, admin);
  await expect(page).toHaveURL('/');
  const line = await managed(page, person.email);
  await picture(page, 'people');
  await line.locator('#person-role').selectOption('viewer');
  await line.getByRole('button', { name: 'Change role' }).click();
  await expect(line.locator('.line-about')).toContainText('Viewer');
  await line.getByRole('button', { name: 'Lock', exact: true }).click();
  await expect(line.locator('.line-about')).toContainText('Locked');

  await theirs.goto('/jobs');
  await expect(theirs, 'signed out').toHaveURL(/\/login/);
  await logIn(theirs, person);
  await expect(theirs.getByRole('alert')).toHaveText('E-mail or password is wrong.');
  await line.getByRole('button', { name: 'Unlock' }).click();
  await expect(line.locator('.line-about')).not.toContainText('Locked');
  await logIn(theirs, person);
  await expect(theirs).toHaveURL('/');

  await page.goto('/admin/users?tab=log');
  const entry = page.getByRole('row', { name: person.email }).filter({ hasText: 'changed an account' });
  await expect(entry.filter({ hasText: 'role: Member to Viewer' })).toHaveCount(1);
  await expect(entry.filter({ hasText: 'unlocked' })).toHaveCount(1);
  await picture(page, 'audit-log');
  await theirs.context().close();
});

test('who has to choose a new password sees nothing else before', async ({ page, admin, browser, baseURL }) => {
  const { page: theirs, person } = await somebody(browser, baseURL!, 'nia');
  await logIn(page, admin);
  await expect(page).toHaveURL('/');
  const line = await managed(page, person.email);
  await line.getByRole('button', { name: 'Ask for a new password' }).click();
  await expect(line.locator('.line-about')).toContainText('Has to choose a new password');

  await theirs.goto('/jobs');
  await expect(theirs).toHaveURL('/settings');
  await expect(theirs.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
  await expect(theirs.getByRole('link', { name: 'Jobs' })).toHaveCount(0);
  await expect(theirs.getByRole('heading', { name: 'API tokens' })).toHaveCount(0);
  await picture(theirs, 'new-password');
  await theirs.locator('#current-password').fill(person.password);
  await theirs.locator('#new-password').fill('seven quiet herons');
  await theirs.getByRole('button', { name: 'Change password' }).click();
  await expect(theirs.getByRole('heading', { name: 'API tokens' })).toBeVisible();
  await theirs.getByRole('link', { name: 'Jobs', exact: true }).click();
  await expect(theirs).toHaveURL('/jobs');
  await theirs.context().close();
});

test('by a link somebody chooses a new password', async ({ page, admin, browser, baseURL }) => {
  const { page: theirs, person } = await somebody(browser, baseURL!, 'oda');
  await logIn(page, admin);
  await expect(page).toHaveURL('/');
  const line = await managed(page, person.email);
  let path: string;
  if (script()) {
    await line.getByRole('button', { name: 'Make a link to a new password' }).click();
    path = (await line.getByLabel('Link to a new password').inputValue()).slice(baseURL!.length);
  } else {
    const id = new URL(page.url()).searchParams.get('person');
    const made = await page.request.post(`/api/users/${id}/reset`, { headers: { origin: baseURL! } });
    path = (await made.json()).path;
  }
  await theirs.context().clearCookies();
  await theirs.goto(path);
  await picture(theirs, 'reset');
  await theirs.getByLabel('New password').fill('seven quiet herons');
  await theirs.getByRole('button', { name: 'Set password' }).click();
  await expect(theirs).toHaveURL('/');
  await theirs.context().clearCookies();
  await logIn(theirs, { ...person, password: 'seven quiet herons' });
  await expect(theirs).toHaveURL('/');
  await theirs.context().close();
});

test('what somebody owns is handed over when their account goes', async ({ page, admin, browser, baseURL }) => {
  const { page: theirs, person } = await somebody(browser, baseURL!, 'pat');
  const made = await theirs.request.post('/api/experiments', { headers: { origin: baseURL! }, data: { name: 'Left behind' } });
  const { id } = (await made.json()).experiment;
  const { page: heirs, person: heir } = await somebody(browser, baseURL!, 'rue');
  await logIn(page, admin);
  await expect(page).toHaveURL('/');
  const line = await managed(page, person.email);
  await expect(line).toContainText('Owns 0 datasets, 1 experiment');
  await line.getByText('Delete account', { exact: true }).click();
  await line.locator('#person-heir').fill(heir.email);
  await line.getByRole('button', { name: 'Hand everything over, and delete' }).click();
  await expect(line).toHaveCount(0);
  await heirs.goto(`/experiments/${id}`);
  await expect(heirs.getByRole('heading', { level: 1 })).toHaveText('Left behind');
  await theirs.goto('/jobs');
  await expect(theirs).toHaveURL(/\/login/);
  await Promise.all([theirs.context().close(), heirs.context().close()]);
});

test('who is no administrator is told so', async ({ browser, admin, baseURL }) => {
  void admin;
  const { page: theirs } = await somebody(browser, baseURL!, 'sam');
  const answer = await theirs.goto('/admin/users');
  expect(answer?.status()).toBe(403);
  await expect(theirs.getByRole('heading', { name: 'For administrators only' })).toBeVisible();
  await theirs.context().close();
});

test('a job is shared with somebody, who then sees it', async ({ page, admin, browser, baseURL }) => {
  void admin;
  const owner = stranger('tea');
  await register(page, owner);
  const job = await submit(page, baseURL!, { dataset: 'iris', epochs: 5, name: 'Shared run' });
  await reached(page, job, 'COMPLETED');
  const { page: theirs, person } = await somebody(browser, baseURL!, 'uma');
  expect((await theirs.goto(`/jobs/${job}`))?.status()).toBe(404);

  const share = async () => {
    const menu = page.locator('details', { has: page.locator('#share-email') });
    if ((await menu.getAttribute('open')) === null) await page.getByText('Share', { exact: true }).click();
  };
  await page.goto(`/jobs/${job}`);
  await share();
  await page.locator('#share-email').fill('nobody.at.all@example.org');
  await page.getByRole('button', { name: 'Share with them' }).click();
  if (script()) await expect(page.locator('#share-email-error')).toHaveText('Nobody here has this e-mail.');
  else await expect(page).toHaveURL(/__err=/);
  await share();
  await page.locator('#share-email').fill(person.email);
  await page.getByRole('button', { name: 'Share with them' }).click();
  await expect(page.locator('.shared-with li')).toContainText(person.email);
  await share();
  await picture(page, 'share');

  await theirs.goto(`/jobs/${job}`);
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Shared run');
  await expect(theirs.getByText(`of ${owner.name}`)).toBeVisible();
  await expect(theirs.getByText('Share', { exact: true })).toHaveCount(0);
  await expect(theirs.getByText('Edit', { exact: true })).toHaveCount(0);
  await expect(theirs.getByText('Delete', { exact: true })).toHaveCount(0);
  await theirs.goto('/jobs');
  await expect(theirs.getByRole('link', { name: 'Shared run' })).toBeVisible();

  await page.getByRole('button', { name: `Remove ${person.email}` }).click();
  await expect(page.locator('.shared-with li')).toHaveCount(0);
  await expect(async () => expect((await theirs.goto(`/jobs/${job}`))?.status()).toBe(404)).toPass();
  await theirs.context().close();
});
