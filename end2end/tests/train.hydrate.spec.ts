// The training form while the page is still loading.
import { expect, picture, reached, submit, test } from '../fixtures/athanor';

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

test('what a job takes is said while the form is filled in', async ({ page, person, baseURL }) => {
  void person;
  await page.goto('/train?dataset=wine', { waitUntil: 'networkidle' });
  const summary = page.locator('.train-summary');
  const fact = (name: string) => summary.locator('div', { has: page.getByText(name, { exact: true }) }).locator('dd');
  await expect(fact('Model')).toContainText(/MLP, hidden layers .* · [\d,]+ parameters/);
  await expect(fact('Training')).toContainText(/rows to learn from, at most [\d,]+ epochs/);
  await expect(fact('Memory')).toContainText(/About [\d.]+ MB/);
  await expect(fact('Time')).toContainText('Not known before the first job like it');
  await page.locator('details.advanced summary').click();
  await page.getByLabel('Hidden layers').fill('12');
  await expect(fact('Model')).toContainText('hidden layers 12');
  await page.getByLabel('Learning rate', { exact: true }).fill('fast');
  await expect(summary).toContainText('Not yet. Learning rate: Enter a number');
  await page.getByLabel('Learning rate', { exact: true }).fill('0.01');
  await expect(fact('Model')).toBeVisible();
  await picture(page, 'train-summary');

  const id = await submit(page, baseURL!, { dataset: 'wine', epochs: 30 });
  await reached(page, id, 'COMPLETED');
  await page.goto('/train?dataset=wine');
  await expect(fact('Time').getByRole('link', { name: 'the last job like it' })).toHaveAttribute('href', `/jobs/${id}`);
});
