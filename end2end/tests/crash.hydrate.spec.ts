// A page whose scripts can no longer be loaded, as after an update of the server, mends itself.
import { another, expect, register, stranger, test } from '../fixtures/athanor';

test('a part that cannot be loaded costs a reload, not the page', async ({ browser, baseURL }) => {
  // Not the usual page: this one complains on its console, as it should.
  const page = await another(browser, baseURL!);
  await register(page, stranger('eve'));
  await expect(page).toHaveURL(`${baseURL}/`);
  let refused = 0;
  await page.route(/split_forms_.*\.wasm$/, async (route) => {
    refused += 1;
    await (refused === 1 ? route.abort() : route.continue());
  });
  const reloaded = page.waitForEvent('load');
  await page.getByRole('link', { name: 'Train', exact: true }).click();
  await reloaded;
  await page.getByRole('link', { name: 'Train', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Train a model');
  await expect(page.getByRole('button', { name: 'Start training' })).toBeVisible();
  expect(refused).toBeGreaterThan(0);
});
