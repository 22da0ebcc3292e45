// Another language without another page: what is typed, chosen and running stays.
import { choose, leftovers, said, speak } from '../fixtures/language';
import { expect, reached, submit, test } from '../fixtures/athanor';

test('a form keeps what was typed', async ({ page, person }) => {
  void person;
  await page.goto('/train', { waitUntil: 'networkidle' });
  await page.evaluate(() => Object.assign(window, { same: true }));
  await page.locator('details.advanced summary').click();
  await page.getByLabel('Run name', { exact: true }).fill('night shift');
  await page.getByLabel('Epochs', { exact: true }).fill('77');
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('button', { name: 'فارسی', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(said('Train a model', 'fa'));
  await expect(page.getByLabel(said('Run name', 'fa'), { exact: true })).toHaveValue('night shift');
  await expect(page.getByLabel(said('Epochs', 'fa'), { exact: true })).toHaveValue('77');
  expect(await leftovers(page)).toEqual([]);
  await page.getByRole('button', { name: said('Language', 'fa') }).click();
  await page.getByRole('button', { name: 'English', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Train a model');
  await expect(page.getByLabel('Epochs', { exact: true })).toHaveValue('77');
  expect(await page.evaluate(() => 'same' in window), 'the page was not loaded again').toBe(true);
});

test('a running job goes on being shown', async ({ page, person, baseURL }) => {
  void person;
  const id = await submit(page, baseURL!, { dataset: 'wine', epochs: 100_000, early_stopping: false });
  await page.goto(`/jobs/${id}`);
  const points = async () => Number(await page.locator('[data-points]').first().getAttribute('data-points'));
  await expect.poll(points).toBeGreaterThan(2);
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('button', { name: 'فارسی', exact: true }).click();
  await expect(page.getByText(said('Running', 'fa'), { exact: true }).first()).toBeVisible();
  const before = await points();
  await expect.poll(points).toBeGreaterThan(before);
  expect(await leftovers(page)).toEqual([]);
  // Navigation goes on in the same language, and back.
  await page.getByRole('link', { name: said('Datasets', 'fa'), exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(said('Datasets', 'fa'));
  await page.goBack();
  await expect(page.getByText(said('Running', 'fa'), { exact: true }).first()).toBeVisible();
  await page.request.post(`/api/training/${id}/stop`, { headers: { origin: baseURL! } });
});

test('what is asked in this browser is not sent, and what is ticked stays ticked', async ({ page, person, baseURL }) => {
  void person;
  const id = await submit(page, baseURL!, { dataset: 'iris', epochs: 20 });
  const { model_id } = await reached(page, id, 'COMPLETED');
  await page.goto(`/models/${model_id}`, { waitUntil: 'networkidle' });
  const asked: string[] = [];
  page.on('request', (request) => request.url().includes('/api/fn/predict') && asked.push(request.url()));
  await page.getByRole('switch').check();
  await expect(page.locator('#place-hint')).toContainText('On: answers come from this page');
  await page.locator('.predict-fields input').first().fill('5');
  await page.getByRole('button', { name: 'Predict', exact: true }).click();
  await expect(page.getByTestId('prediction')).toBeVisible();
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('button', { name: 'فارسی', exact: true }).click();
  await expect(page.getByRole('switch', { name: said('Run in this browser', 'fa') })).toBeChecked();
  await expect(page.getByTestId('prediction')).toBeVisible();
  expect(asked).toEqual([]);

  await page.goto('/jobs');
  await page.getByText(said('Columns', 'fa'), { exact: true }).click();
  await page.getByRole('searchbox', { name: said('Search columns', 'fa') }).fill('bal');
  await page.getByRole('checkbox', { name: 'balanced_accuracy' }).check();
  await page.getByRole('button', { name: said('Language', 'fa'), exact: true }).click();
  await page.getByRole('button', { name: 'English', exact: true }).click();
  await expect(page.getByRole('searchbox', { name: 'Search columns' })).toHaveValue('bal');
  await expect(page.getByRole('checkbox', { name: 'balanced_accuracy' })).toBeChecked();
  await expect(page.locator('.checks input:checked')).toHaveValue('balanced_accuracy');
});

test('the palette answers in the language of its page, whatever another tab has chosen meanwhile', async ({ page, person, baseURL }) => {
  void person;
  await page.goto('/jobs');
  await expect(page.locator('.connection')).toHaveText('Live');
  await speak(page, baseURL!, 'fa');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('iris');
  await expect(page.getByRole('option').filter({ hasText: 'Dataset' })).toContainText('Dataset, 150 rows');
});

test('what is gone stays gone, and what is hidden stays hidden', async ({ page, person, baseURL }) => {
  void person;
  const ids: string[] = [];
  for (const lr of [0.001, 0.01, 0.1]) ids.push(await submit(page, baseURL!, { dataset: 'iris', epochs: 5, lr, name: `rate ${lr}` }));
  for (const id of ids) await reached(page, id, 'COMPLETED');
  await page.goto('/jobs');
  await expect(page.locator('.connection')).toHaveText('Live');
  const rows = page.locator('table.jobs tbody tr');
  await expect(rows).toHaveCount(3);
  await page.getByRole('checkbox', { name: 'Choose rate 0.1' }).check();
  await page.locator('.bulk-bar summary', { hasText: 'Delete' }).click();
  await page.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(rows).toHaveCount(2);
  await page.getByRole('checkbox', { name: 'Choose rate 0.01' }).check();
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('button', { name: 'فارسی', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(said('Jobs', 'fa'));
  await expect(page.locator('table.jobs tbody input:checked'), 'what was chosen is chosen').toHaveCount(1);
  await expect(rows).toHaveCount(2);
  expect(await leftovers(page)).toEqual([]);

  await page.goto(`/compare?jobs=${ids[0]},${ids[1]}`, { waitUntil: 'networkidle' });
  await page.locator('table.runs tbody input').first().uncheck();
  await expect(page.locator('.parallel-line.gone')).toHaveCount(1);
  const plot = page.locator('.compare-curves .chart-plot');
  // The table is so far below that the plot is out of sight, where no mouse comes.
  await plot.scrollIntoViewIfNeeded();
  const box = (await plot.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  const whole = page.locator('.compare-curves .chart-head .button');
  await expect(whole).toBeVisible();
  await choose(page, 'fa', 'en');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Compare jobs');
  await expect(page.locator('table.runs tbody input').first()).not.toBeChecked();
  await expect(page.locator('.parallel-line.gone')).toHaveCount(1);
  await expect(whole).toBeVisible();
  // Another metric is drawn of the same jobs.
  await page.locator('#compare-metric').selectOption('accuracy');
  await expect(page.locator('.compare-curves .chart-title')).toContainText('Accuracy');
  await expect(page.locator('table.runs tbody input').first()).not.toBeChecked();
});

test('settings keep what was typed, and what is shown once', async ({ page, person }) => {
  void person;
  await page.goto('/settings', { waitUntil: 'networkidle' });
  await page.getByText('Make a token', { exact: true }).click();
  await page.locator('#token-name').fill('nightly');
  await page.getByRole('button', { name: 'Make it' }).click();
  const made = (language: 'en' | 'fa') => page.getByLabel(said('New token', language), { exact: true });
  const secret = await made('en').inputValue();
  await page.locator('#token-name').fill('weekly');
  await page.locator('#profile-name').fill('Ada the Second');
  await choose(page, 'en', 'fa');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(said('Settings', 'fa'));
  await expect(made('fa')).toHaveValue(secret);
  await expect(page.locator('#token-name')).toHaveValue('weekly');
  await expect(page.locator('#profile-name')).toHaveValue('Ada the Second');
  expect(await leftovers(page)).toEqual([]);
  // The page has the choice, too: its buttons are among what is made anew.
  await page.locator('#look').getByRole('button', { name: 'English', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings');
  await expect(made('en')).toHaveValue(secret);
  await expect(page.locator('#token-name')).toHaveValue('weekly');
});
