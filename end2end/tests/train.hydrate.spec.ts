// The training form while the page is still loading.
import { expect, test } from '../fixtures/athanor';

test('a dataset chosen before the scripts have come is the one that is trained', async ({ page, person }) => {
  void person;
  await page.route('**/*.wasm', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await route.continue();
  });
  await page.goto('/train', { waitUntil: 'commit' });
  await page.locator('#dataset').selectOption({ label: 'wine' });
  await expect(page.locator('#target'), 'the columns follow').toHaveValue('cultivar', { timeout: 15_000 });
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByRole('heading', { name: /wine/ })).toBeVisible();
});
