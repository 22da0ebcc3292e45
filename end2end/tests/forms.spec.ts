// Every form works without JavaScript too: this file runs in both modes.
import { expect, picture, test } from '../fixtures/athanor';
import { penguins } from '../fixtures/penguins';

test('upload, train, wait, predict, delete', async ({ page, person }) => {
  void person;
  await page.goto('/datasets');
  await page.getByLabel('File').setInputFiles({ name: 'birds.csv', mimeType: 'text/csv', buffer: Buffer.from(penguins()) });
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'birds' })).toBeVisible();
  const dataset = page.url();
  await page.getByRole('link', { name: 'Train on this' }).click();
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page).toHaveURL(/\/jobs\/[0-9a-f-]{36}$/);
  await expect
    .poll(
      async () => {
        if (test.info().project.name === 'no-js') await page.reload();
        return page.getByText('Completed').count();
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0);
  await picture(page, 'job-form');
  await page.getByRole('link', { name: 'Use the model' }).click();
  await page.getByLabel('bill_length_mm').fill('47.5');
  await page.getByLabel('bill_depth_mm').fill('15');
  await page.getByLabel('flipper_length_mm').fill('217');
  await page.getByLabel('body_mass_g').fill('5080');
  await page.getByRole('button', { name: 'Predict' }).click();
  await expect(page.getByTestId('prediction')).toContainText('Gentoo');
  await picture(page, 'model-form');

  // A dataset goes when its owner says so, after asking.
  await page.goto(dataset);
  await page.getByText('Delete dataset').click();
  await page.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(page).toHaveURL(/\/datasets$/);
  await expect(page.getByRole('link', { name: 'birds' })).toHaveCount(0);
});

test('a file that is no table is refused with its line', async ({ page, person }) => {
  void person;
  await page.goto('/datasets');
  const ragged = 'a,b\n1,2\n3\n4,5\n';
  await page.getByLabel('File').setInputFiles({ name: 'ragged.csv', mimeType: 'text/csv', buffer: Buffer.from(ragged) });
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  if (test.info().project.name === 'js') await expect(page.getByRole('alert').first()).toContainText(/line 3/i);
  await picture(page, 'dataset-refused');
});

test('a wrong number in the training form is refused and nothing is lost', async ({ page, person }) => {
  void person;
  await page.goto('/train');
  await page.getByLabel('Dataset').selectOption({ label: 'iris' });
  if (test.info().project.name === 'no-js') await page.getByRole('button', { name: 'Show columns' }).click();
  await page.getByText('Advanced').click();
  await page.getByLabel('Learning rate').fill('-3');
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await expect(page).toHaveURL(/\/train/);
  if (test.info().project.name === 'js') {
    await expect(page.getByRole('alert').first(), 'fields have the names of the form').toContainText('Learning rate:');
  }
  if (test.info().project.name === 'js') await expect(page.getByLabel('Learning rate')).toHaveValue('-3');
  if (test.info().project.name === 'js') {
    // What cannot be read and what cannot be, in the order of the form, each with a way to its field.
    const summary = page.getByRole('alert').first();
    await page.getByLabel('Epochs', { exact: true }).fill('many');
    await page.getByLabel('Dropout', { exact: true }).first().fill('0.95');
    await page.getByRole('button', { name: 'Start training' }).click();
    await expect(summary.locator('li')).toHaveText([/^Epochs:/, /^Learning rate:/, /^Dropout:/]);
    await expect(summary, 'nobody has to look for it').toBeFocused();
    await summary.getByRole('link', { name: /^Dropout/ }).click();
    await expect(page.locator('#mlp-dropout')).toBeFocused();
    await expect(page.locator('#mlp-dropout')).toHaveAttribute('aria-invalid', 'true');
    await expect(page.locator('#mlp-dropout')).toHaveAccessibleDescription(/between 0 and 0.9/);
    await page.getByLabel('Model', { exact: true }).selectOption('linear');
    await expect(page.getByLabel('Run name', { exact: true })).toHaveAttribute('placeholder', 'iris · linear');
  }
  await picture(page, 'train-refused');
});
