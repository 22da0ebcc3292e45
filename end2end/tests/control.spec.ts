// What can be done to jobs and models, by forms: this file runs with and without JavaScript.
import type { Page } from '@playwright/test';
import { expect, picture, test } from '../fixtures/athanor';

type Job = { status: string; epoch: number; step: number; model_id: string | null };

/** Starts a job through the API and opens its page. */
async function start(page: Page, origin: string, request: object): Promise<string> {
  const submitted = await page.request.post('/api/training', { headers: { origin }, data: request });
  expect(submitted.status()).toBe(201);
  const { job_id } = await submitted.json();
  return job_id;
}

async function job(page: Page, id: string): Promise<Job> {
  return (await (await page.request.get(`/api/training/${id}`)).json()).status;
}

/** Until the job is in a state, then shows its page, which says so too. */
async function shown(page: Page, id: string, status: string): Promise<Job> {
  await expect.poll(async () => (await job(page, id)).status, { timeout: 30_000 }).toBe(status);
  await page.goto(`/jobs/${id}`);
  const word = status[0] + status.slice(1).toLowerCase();
  await expect(page.getByText(word, { exact: true }).first()).toBeVisible();
  return job(page, id);
}

const endless = { dataset: 'breast_cancer', epochs: 50_000, early_stopping: false };

test('stop, resume, train again and delete a job', async ({ page, person, baseURL }) => {
  void person;
  const id = await start(page, baseURL!, endless);
  await shown(page, id, 'RUNNING');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page).toHaveURL(new RegExp(`/jobs/${id}`));
  const stopped = await shown(page, id, 'STOPPED');

  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page).toHaveURL(new RegExp(`/jobs/${id}`));
  await expect.poll(async () => (await job(page, id)).step, { timeout: 30_000 }).toBeGreaterThan(stopped.step);
  await shown(page, id, 'RUNNING');
  await page.getByRole('button', { name: 'Stop' }).click();
  await shown(page, id, 'STOPPED');

  await page.getByRole('button', { name: 'Train again' }).click();
  await expect(page).not.toHaveURL(new RegExp(id));
  await expect(page).toHaveURL(/\/jobs\/[0-9a-f-]{36}$/);
  const copy = new URL(page.url()).pathname.split('/').pop()!;
  await shown(page, copy, 'RUNNING');
  await expect(page.getByText('Delete', { exact: true }), 'what still runs cannot be deleted').toHaveCount(0);
  await page.getByRole('button', { name: 'Stop' }).click();
  await shown(page, copy, 'STOPPED');

  await page.getByText('Delete', { exact: true }).click();
  await page.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(page).toHaveURL(/\/jobs$/);
  expect((await page.request.get(`/api/training/${copy}`)).status()).toBe(404);
  expect((await page.request.get(`/api/training/${id}`)).status(), 'the other job is still there').toBe(200);
});

test('delete a model; its job stays', async ({ page, person, baseURL }) => {
  void person;
  const id = await start(page, baseURL!, { dataset: 'iris', epochs: 3 });
  const done = await shown(page, id, 'COMPLETED');
  await page.getByRole('link', { name: 'Use the model' }).click();
  await expect(page).toHaveURL(new RegExp(`/models/${done.model_id}`));
  await page.getByText('Delete model').click();
  await page.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(page).toHaveURL(/\/models$/);
  expect((await page.request.get(`/api/models/${done.model_id}`)).status()).toBe(404);
  await page.goto(`/jobs/${id}`);
  await expect(page.getByText('Completed').first()).toBeVisible();
  await expect(page.getByRole('link', { name: 'Use the model' })).toHaveCount(0);
});

test('a completed job trains on for more epochs', async ({ page, person, baseURL }) => {
  void person;
  const id = await start(page, baseURL!, { dataset: 'iris', epochs: 10, early_stopping: false });
  await shown(page, id, 'COMPLETED');
  await page.getByText('Train on', { exact: true }).click();
  await expect(page.getByLabel('Epochs in all')).toHaveValue('20');
  await picture(page, 'job-train-on');
  const desktop = page.viewportSize()!;
  await page.setViewportSize({ width: 390, height: 844 });
  const button = (await page.getByRole('button', { name: 'Go on' }).boundingBox())!;
  expect(button.x, 'on a phone the menu is within the page').toBeGreaterThanOrEqual(0);
  expect(button.x + button.width).toBeLessThanOrEqual(390);
  await picture(page, 'job-train-on-phone');
  await page.setViewportSize(desktop);
  await page.getByLabel('Epochs in all').fill('25');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect.poll(async () => (await job(page, id)).epoch, { timeout: 30_000 }).toBe(25);
  await shown(page, id, 'COMPLETED');
  await expect(page.getByText('25 of 25')).toBeVisible();
});
