// The promise of the product in one story: upload a table, train, watch it live, use the model.
import { another, expect, picture, register, stranger, test } from '../fixtures/athanor';
import { penguins } from '../fixtures/penguins';

test('from a CSV to a prediction, live', async ({ page, person, browser, baseURL }) => {
  void person;
  // Upload.
  await page.goto('/datasets');
  await picture(page, 'datasets-empty');
  await page.getByLabel('File').setInputFiles({
    name: 'penguins.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(penguins()),
  });
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'penguins' })).toBeVisible();
  await expect(page.getByText('160 rows')).toBeVisible();
  await picture(page, 'dataset');

  // The form.
  await page.getByRole('link', { name: 'Train on this' }).click();
  await expect(page).toHaveURL(/\/train\?dataset=/);
  await expect(page.getByLabel('Target')).toHaveValue('species');
  await picture(page, 'train');
  await page.getByText('Advanced').click();
  // Wide enough that it trains for several seconds: a small model would be done before anybody has looked twice.
  await page.getByLabel('Epochs').fill('4000');
  await page.getByLabel('Hidden layers').fill('400, 400');
  await page.getByLabel('Members').fill('1');
  await page.getByLabel('Learning rate').fill('0.00002');
  await expect(page.getByLabel('body_mass_g')).toBeVisible();
  await expect(page.getByLabel('species', { exact: true }), 'the target is no feature').toBeHidden();
  await page.getByLabel('Early stopping').fill('off');
  await page.getByRole('button', { name: 'Start training' }).click();

  // Live: the chart gains points without a reload.
  await expect(page).toHaveURL(/\/jobs\/[0-9a-f-]{36}$/);
  const job = page.url();
  await page.evaluate(() => ((window as unknown as { marker: string }).marker = 'same page'));
  const chart = page.locator('[data-points]').first();
  const points = async () => Number(await chart.getAttribute('data-points'));
  await expect.poll(points).toBeGreaterThan(2);
  const before = await points();
  await expect.poll(points).toBeGreaterThan(before);
  await picture(page, 'job-running');

  // A second browser of the same person sees the same job live.
  const second = await another(browser, baseURL!);
  await second.context().addCookies(await page.context().cookies());
  await second.goto(job);
  const secondChart = second.locator('[data-points]').first();
  const secondPoints = async () => Number(await secondChart.getAttribute('data-points'));
  await expect.poll(secondPoints).toBeGreaterThan(before);

  // A stranger sees nothing.
  const other = await another(browser, baseURL!);
  await register(other, stranger('mallory'));
  const answer = await other.goto(job);
  expect(answer?.status()).toBe(404);

  // Done, in both browsers, on the page that was never reloaded.
  await expect(page.getByText('Completed').first()).toBeVisible({ timeout: 50_000 });
  await expect(second.getByText('Completed').first()).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Confusion' }), 'the report comes by itself').toBeVisible();
  expect(await page.evaluate(() => (window as unknown as { marker: string }).marker)).toBe('same page');
  expect(await secondPoints()).toBe(await points());
  await picture(page, 'job-completed');
  await page.goto('/jobs');
  await expect(page.getByRole('cell', { name: /penguins/ }).first()).toBeVisible();
  await picture(page, 'jobs');

  // The bundle downloads, and the model answers.
  await page.goto(job);
  await page.getByRole('link', { name: 'Use the model' }).click();
  await expect(page).toHaveURL(/\/models\/[0-9a-f-]{36}/);
  const [bundle] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: /Download/ }).first().click(),
  ]);
  expect(bundle.suggestedFilename()).toMatch(/\.zip$/);
  await page.getByLabel('bill_length_mm').fill('38.9');
  await page.getByLabel('bill_depth_mm').fill('18.4');
  await page.getByLabel('flipper_length_mm').fill('189');
  await page.getByLabel('body_mass_g').fill('3650');
  await page.getByRole('button', { name: 'Predict' }).click();
  await expect(page.getByTestId('prediction')).toContainText('Adelie');
  await picture(page, 'model');
  await page.goto('/');
  await picture(page, 'dashboard');
});

test('stopping works within a second, and resuming goes on', async ({ page, person }) => {
  void person;
  await page.goto('/train');
  await page.getByLabel('Dataset').selectOption({ label: 'breast_cancer' });
  await page.getByText('Advanced').click();
  await page.getByLabel('Epochs').fill('50000');
  await page.getByLabel('Early stopping').fill('off');
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByText('Running').first()).toBeVisible();
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByText('Stopped').first()).toBeVisible({ timeout: 3_000 });
  await picture(page, 'job-stopped');
  for (let round = 0; round < 3; round += 1) {
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect(page.getByText('Running').first()).toBeVisible();
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(page.getByText('Stopped').first()).toBeVisible({ timeout: 3_000 });
  }
  // The log keeps its newest line in view.
  const log = page.getByRole('log');
  await log.scrollIntoViewIfNeeded();
  await expect(log.locator('.log-line').first()).not.toBeInViewport();
  await expect(log.locator('.log-line').last()).toBeInViewport();
});

test('a job that fails says why, where and what to do', async ({ page, person }) => {
  void person;
  await page.goto('/train');
  await page.getByLabel('Dataset').selectOption({ label: 'sample_dataset' });
  await page.getByText('Advanced').click();
  await page.getByLabel('Optimizer').selectOption('sgd');
  await page.getByLabel('Learning rate').fill('10');
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByText('Failed').first()).toBeVisible();
  await expect(page.getByText(/learning rate/i).first()).toBeVisible();
  await expect(page.getByText(/epoch \d+, step \d+/i).first()).toBeVisible();
  await picture(page, 'job-failed');
});
