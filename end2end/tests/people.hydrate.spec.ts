// People in another language: links that are shown once stay, and what was typed. A menu that could not be fetched.
import { another, expect, logIn, register, stranger, test } from '../fixtures/athanor';
import { choose, said } from '../fixtures/language';

test.use({ ownServer: true });

test('links and what was typed stay in another language, and a link as long as its account is looked at', async ({ page, admin, browser, baseURL }) => {
  const theirs = await another(browser, baseURL!);
  const person = stranger('quy');
  await register(theirs, person);
  await theirs.context().close();
  await logIn(page, admin);
  await expect(page).toHaveURL('/');
  await page.goto(`/admin/users?search=${encodeURIComponent(person.email)}`, { waitUntil: 'networkidle' });
  const line = page.locator('.people > li');
  await line.getByRole('link', { name: 'Manage' }).click();
  await line.getByRole('button', { name: 'Make a link to a new password' }).click();
  const reset = page.locator('#reset-link');
  const link = await reset.inputValue();
  expect(link.startsWith(`${baseURL}/reset`), link).toBe(true);
  await page.getByRole('button', { name: 'Make an invitation' }).click();
  const invitation = await page.locator('#invitation-link').inputValue();
  await page.locator('#invitation-role').selectOption('viewer');
  await page.locator('#invitation-email').fill('somebody@example.org');
  await line.locator('#person-role').selectOption('admin');
  await line.getByText('Delete account', { exact: true }).click();
  await line.locator('#person-heir').fill(admin.email);

  await choose(page, 'en', 'fa');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(said('People', 'fa'));
  await expect(page.getByLabel(said('Link to a new password', 'fa'), { exact: true })).toHaveValue(link);
  await expect(page.getByLabel(said('Invitation', 'fa'), { exact: true })).toHaveValue(invitation);
  await expect(page.locator('#invitation-role')).toHaveValue('viewer');
  await expect(page.locator('#invitation-email')).toHaveValue('somebody@example.org');
  await expect(line.locator('#person-role')).toHaveValue('admin');
  await expect(line.locator('#person-heir')).toHaveValue(admin.email);

  // The list is fetched again.
  await line.getByRole('button', { name: said('Lock', 'fa'), exact: true }).click();
  await expect(line.locator('.line-about')).toContainText(said('Locked', 'fa'));
  await expect(reset).toHaveValue(link);
  await line.locator('a[aria-expanded=true]').click();
  await expect(line.locator('.line-more')).toHaveCount(0);
  await line.locator('a[aria-expanded=false]').click();
  await expect(line.locator('.line-more')).toBeVisible();
  await expect(reset, 'shown once').toHaveCount(0);
});

test('whether something may be shared is asked again when it could not be told', async ({ page, admin, baseURL }) => {
  await logIn(page, admin);
  await expect(page).toHaveURL('/');
  // Others make some of a plain name on the same server.
  const data = { name: 'Asked again' };
  expect((await page.request.post('/api/experiments', { headers: { origin: baseURL! }, data })).status()).toBe(201);
  await page.goto('/experiments', { waitUntil: 'networkidle' });
  const sentence = 'The server cannot reach its storage. Try again in a moment.';
  const refusal = { code: 'unavailable', error: sentence };
  await page.route('**/api/fn/shared_with', (route) => route.fulfill({ status: 422, json: refusal }));
  await page.getByRole('link', { name: data.name, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(data.name);
  const refused = page.locator('.actions').getByRole('alert');
  await expect(refused).toContainText(sentence);
  await expect(page.getByText('Share', { exact: true })).toHaveCount(0);
  await page.unroute('**/api/fn/shared_with');
  await refused.getByRole('button', { name: 'Try again' }).click();
  await expect(page.locator('.actions summary')).toHaveText(['Share', 'Edit', 'Delete']);
  await expect(refused).toHaveCount(0);
});
