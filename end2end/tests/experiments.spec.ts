// Experiments, comparing, and the list of jobs with its query: with and without JavaScript.
import type { Page } from '@playwright/test';
import { expect, picture, reached, submit, test } from '../fixtures/athanor';

type Submitted = { name: string; job_id: string };

/** Three short jobs that differ in their learning rate, all ended. */
async function three(page: Page, origin: string, experiment_id?: string): Promise<Submitted[]> {
  const submitted: Submitted[] = [];
  for (const lr of [0.001, 0.01, 0.1]) {
    const name = `rate ${lr}`;
    const data = { dataset: 'iris', epochs: 12, lr, name, model: 'linear', tags: ['sweep'], experiment_id };
    submitted.push({ name, job_id: await submit(page, origin, data) });
  }
  for (const { job_id } of submitted) await reached(page, job_id, 'COMPLETED');
  return submitted;
}

test('an experiment is made, filled, described and compared', async ({ page, person, baseURL }) => {
  void person;
  await page.goto('/experiments');
  await expect(page.getByText('No experiments yet')).toBeVisible();
  await page.locator('#experiment-name').fill('Which rate');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page).toHaveURL(/\/experiments\/[0-9a-f-]{36}$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Which rate');
  await expect(page.getByText('No jobs in this experiment yet')).toBeVisible();
  const address = new URL(page.url()).pathname;
  await page.getByRole('link', { name: 'Train for it' }).click();
  await expect(page.locator('#experiment_id option:checked')).toHaveText('Which rate');

  await three(page, baseURL!, address.split('/')[2]);
  await page.goto(address);
  await expect(page.locator('table.runs tbody tr')).toHaveCount(3);
  await expect(page.locator('table.runs thead')).toContainText('lr');
  await expect(page.locator('.compare-curves')).toHaveAttribute('data-curves', '3');
  await expect(page.locator('.parallel-line')).toHaveCount(3);
  await expect(page.locator('.compare-dot')).toHaveCount(3);
  await expect(page.getByText('best', { exact: true })).toHaveCount(1);
  await picture(page, 'experiment');

  await page.getByText('Edit', { exact: true }).click();
  await page.locator('#edit-note').fill('A **bold** guess\n\n<img src=x onerror=alert(1)>');
  await page.locator('#edit-tags').fill('iris, rates');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.locator('.note strong')).toHaveText('bold');
  await expect(page.locator('.note img')).toHaveCount(0);
  await expect(page.locator('.head .label')).toHaveText(['iris', 'rates']);

  await page.goto('/experiments');
  await expect(page.getByRole('row', { name: /Which rate/ })).toContainText('3');
  await picture(page, 'experiments');
});

test('what is compared is in the address', async ({ page, person, baseURL }) => {
  void person;
  const jobs = await three(page, baseURL!);
  await page.goto(`/compare?jobs=${jobs.map((job) => job.job_id).join(',')}&metric=accuracy&along=steps&log=on`);
  await expect(page.locator('.compare-curves .chart-title')).toContainText('Accuracy (validation) by step');
  await expect(page.locator('#compare-metric')).toHaveValue('accuracy');
  await expect(page.getByRole('heading', { name: 'Parameters', exact: true })).toBeVisible();
  await expect(page.getByRole('row', { name: /^lr/ })).toContainText('0.001');
  await picture(page, 'compare');
  await page.goto('/compare');
  await expect(page.getByText('Nothing to compare')).toBeVisible();
});

test('jobs are found by a query, sorted, shown with other columns, tagged and compared', async ({ page, person, baseURL }) => {
  void person;
  const script = test.info().project.name === 'js';
  await three(page, baseURL!);
  await page.goto('/jobs');
  await page.locator('#query').fill('lr>=0.01 tag:sweep');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page).toHaveURL(/query=lr%3E%3D0.01/);
  await expect(page.locator('table.jobs tbody tr')).toHaveCount(2);

  await page.locator('#query').fill('lr<much');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page.locator('.field-error')).toContainText('lr');
  await expect(page.locator('#query')).toHaveValue('lr<much');

  await page.goto('/jobs');
  await page.getByText('Columns', { exact: true }).click();
  await page.getByRole('checkbox', { name: 'lr', exact: true }).check();
  if (script) {
    // What is chosen stays so while another is searched for.
    const search = page.getByRole('searchbox', { name: 'Search columns' });
    await search.fill('no such thing');
    await expect(page.getByText('Nothing is called so.')).toBeVisible();
    await search.fill('ACC bal');
    await expect(page.locator('.checks input')).toHaveCount(1);
    await page.getByRole('checkbox', { name: 'balanced_accuracy' }).check();
  }
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page).toHaveURL(script ? /columns=(lr&columns=)?balanced_accuracy/ : /columns=lr/);
  await expect(page.locator('thead')).toContainText(script ? /lr.*balanced_accuracy|balanced_accuracy.*lr/ : 'lr');
  await page.getByRole('link', { name: 'lr', exact: true }).click();
  await expect(page).toHaveURL(/sort=-lr/);
  const names = page.locator('table.jobs tbody .job-name a');
  await expect(names).toHaveText(['rate 0.1', 'rate 0.01', 'rate 0.001']);
  await expect(page.locator('th[aria-sort=descending]')).toHaveText(/lr/);
  await page.getByRole('link', { name: 'lr', exact: false }).first().click();
  await expect(names).toHaveText(['rate 0.001', 'rate 0.01', 'rate 0.1']);
  await page.goBack();
  await expect(names).toHaveText(['rate 0.1', 'rate 0.01', 'rate 0.001']);
  await picture(page, 'jobs-columns');

  await page.getByRole('checkbox', { name: 'Choose rate 0.1', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Choose rate 0.001', exact: true }).check();
  if (script) await expect(page.getByText('2 jobs chosen')).toBeVisible();
  await page.getByText('Tag', { exact: true }).first().click();
  await page.locator('#bulk-tag').fill('kept');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.locator('td .label', { hasText: 'kept' })).toHaveCount(2);
  if (script) await expect(page.getByRole('status').filter({ hasText: '2 jobs tagged.' })).toBeVisible();

  await page.getByRole('checkbox', { name: 'Choose rate 0.1', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Choose rate 0.01', exact: true }).check();
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page).toHaveURL(/\/compare\?/);
  await expect(page.locator('table.runs tbody tr')).toHaveCount(2);
});

test('a job gets a name, tags, a note and an experiment', async ({ page, person, baseURL }) => {
  void person;
  const made = await page.request.post('/api/experiments', { headers: { origin: baseURL! }, data: { name: 'Rates' } });
  expect(made.status()).toBe(201);
  const [job] = await three(page, baseURL!);
  await page.goto(`/jobs/${job.job_id}`);
  await page.getByText('Edit', { exact: true }).click();
  await page.locator('#label-name').fill('The slow one');
  await page.locator('#label-tags').fill('slow, kept');
  await page.locator('#label-experiment').selectOption({ label: 'Rates' });
  await page.locator('#label-note').fill('It *never* arrives.');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('The slow one');
  await expect(page.locator('.job-about .label')).toHaveText(['Rates', 'slow', 'kept']);
  await expect(page.locator('.note em')).toHaveText('never');
  await picture(page, 'job-labels');
  await page.getByRole('link', { name: 'Rates' }).click();
  await expect(page.locator('table.runs tbody tr')).toHaveCount(1);
});
