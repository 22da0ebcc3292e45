// Training that begins with a model, and cross-validation: from the pages, with and without JavaScript.
import type { Page } from '@playwright/test';
import { expect, picture, test } from '../fixtures/athanor';

/** Without JavaScript a page has to be asked again. */
async function completed(page: Page): Promise<void> {
  await expect(page).toHaveURL(/\/jobs\/[0-9a-f-]{36}$/);
  await expect(async () => {
    if (test.info().project.name === 'no-js') await page.reload();
    await expect(page.getByRole('link', { name: 'Use the model' })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
}

test('a model is trained further from its page, and folds are told on it', async ({ page, person }) => {
  void person;
  await page.goto('/train');
  const choose = async (label: string) => {
    await page.locator('#dataset').selectOption({ label });
    if (test.info().project.name === 'no-js') await page.getByRole('button', { name: 'Show columns' }).click();
  };
  await choose('iris');
  await page.locator('details.advanced summary').click();
  await page.locator('#epochs').fill('5');
  await page.locator('#folds').fill('1');
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  if (test.info().project.name === 'js') {
    await expect(page.getByText('Must be between 2 and 20 with 150 rows.').first()).toBeVisible();
  }
  if (!(await page.locator('#folds').isVisible())) await page.locator('details.advanced summary').click();
  await page.locator('#epochs').fill('5');
  await page.locator('#folds').fill('3');
  await page.getByRole('button', { name: 'Start training' }).click();
  await completed(page);
  await page.getByRole('link', { name: 'Use the model' }).click();
  await expect(page.getByRole('heading', { name: 'Cross-validation' })).toBeVisible();
  await picture(page, 'model-folds');

  await page.getByRole('link', { name: 'Train further' }).click();
  await expect(page.getByText('It goes on learning to predict species')).toBeVisible();
  await expect(page.locator('#target')).toHaveCount(0);
  await picture(page, 'train-from');
  // Another dataset has not the columns.
  await choose('wine');
  await expect(page.getByText('This dataset has not all of these columns.')).toBeVisible();
  await choose('iris');
  await expect(page.getByText('This dataset has not all of these columns.')).toHaveCount(0);
  await page.getByRole('button', { name: 'Start training' }).click();
  await completed(page);
  await expect(page.getByRole('link', { name: 'another model' })).toBeVisible();
});
