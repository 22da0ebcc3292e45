// What was done is said in a corner of the page, and can be undone: many jobs at once, one job, and what cannot be undone.
import type { Page } from '@playwright/test';
import { expect, picture, reached, submit, test } from '../fixtures/athanor';
import { leftovers, said } from '../fixtures/language';

const toasts = (page: Page) => page.locator('.toast');
const undo = (page: Page) => toasts(page).getByRole('button', { name: 'Undo', exact: true });

type Said = { name: string; tags: string[]; note: string; experiment_id: string | null };

/** What is said of a job, as the API tells it. */
async function about(page: Page, id: string): Promise<Said> {
  const { name, tags, note, experiment_id } = (await (await page.request.get(`/api/training/${id}`)).json()).status;
  return { name, tags, note, experiment_id: experiment_id ?? null };
}

/** A short job that has ended. */
async function ended(page: Page, origin: string, more: object): Promise<string> {
  const id = await submit(page, origin, { dataset: 'iris', epochs: 2, model: 'linear', ...more });
  await reached(page, id, 'COMPLETED');
  return id;
}

async function experiment(page: Page, origin: string, name: string): Promise<string> {
  const made = await page.request.post('/api/experiments', { headers: { origin }, data: { name } });
  expect(made.status()).toBe(201);
  return (await made.json()).experiment.id;
}

/** The list, alive, with all of its jobs chosen. */
async function chooseAll(page: Page): Promise<void> {
  await page.goto('/jobs');
  await expect(page.locator('.connection')).toHaveText('Live');
  await chooseAgain(page);
}

async function chooseAgain(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: 'Choose all' }).check();
  await expect(page.locator('.bulk-count')).toBeVisible();
}

test('many jobs get back the tags and the experiments that they had', async ({ page, person, baseURL }) => {
  void person;
  const first = await experiment(page, baseURL!, 'First');
  const second = await experiment(page, baseURL!, 'Second');
  const ids = [
    await ended(page, baseURL!, { name: 'one', tags: ['sweep', 'kept'], experiment_id: first }),
    await ended(page, baseURL!, { name: 'two', tags: ['sweep'], experiment_id: second }),
    await ended(page, baseURL!, { name: 'three' }),
  ];
  const all = () => Promise.all(ids.map((id) => about(page, id)));
  const before = await all();
  expect(before.map((job) => job.tags)).toEqual([['sweep', 'kept'], ['sweep'], []]);

  // One of them has the tag already, and keeps it.
  await chooseAll(page);
  await page.locator('.bulk-bar summary', { hasText: 'Tag' }).click();
  await page.locator('#bulk-tag').fill('kept');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(toasts(page)).toContainText('3 jobs tagged.');
  await picture(page, 'toast');
  expect((await all()).map((job) => job.tags.includes('kept'))).toEqual([true, true, true]);
  await undo(page).click();
  await expect(toasts(page)).toHaveText(/Undone\./);
  expect(await all()).toEqual(before);
  await expect(page.locator('td .label', { hasText: 'kept' }), 'the list hears of it').toHaveCount(1);

  await chooseAgain(page);
  await page.locator('.bulk-bar summary', { hasText: 'Experiment' }).click();
  await page.locator('#bulk-experiment').selectOption({ label: 'First' });
  await page.getByRole('button', { name: 'Put into it' }).click();
  await expect(toasts(page).filter({ hasText: '3 jobs moved.' })).toBeVisible();
  expect((await all()).map((job) => job.experiment_id)).toEqual([first, first, first]);
  await undo(page).click();
  await expect(undo(page)).toHaveCount(0);
  await expect.poll(all).toEqual(before);
});

test('what was said of one job is said again, from whichever page', async ({ page, person, baseURL }) => {
  void person;
  const made = await experiment(page, baseURL!, 'Rates');
  const id = await ended(page, baseURL!, { name: 'plain', tags: ['a', 'b'] });
  const before = await about(page, id);
  const change = async () => {
    await page.getByText('Edit', { exact: true }).click();
    await expect(page.locator('#label-name')).toBeVisible();
    await page.locator('#label-name').fill('The slow one');
    await page.locator('#label-tags').fill('slow');
    await page.locator('#label-experiment').selectOption({ label: 'Rates' });
    await page.locator('#label-note').fill('It *never* arrives.');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('The slow one');
    await expect(undo(page)).toBeVisible();
    const changed = { name: 'The slow one', tags: ['slow'], note: 'It *never* arrives.', experiment_id: made };
    expect(await about(page, id)).toEqual(changed);
  };
  await page.goto(`/jobs/${id}`, { waitUntil: 'networkidle' });
  await change();
  await undo(page).click();
  await expect(page.getByRole('heading', { level: 1 }), 'the page shows it').toHaveText('plain');
  await expect(page.locator('.job-about .label')).toHaveText(['a', 'b']);
  await expect(page.locator('.note')).toHaveCount(0);
  expect(await about(page, id)).toEqual(before);

  await change();
  await page.getByRole('link', { name: 'Models', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Models');
  await undo(page).click();
  await expect(toasts(page).filter({ hasText: 'Undone.' }).last()).toBeVisible();
  await expect.poll(() => about(page, id)).toEqual(before);
  await expect(page, 'nobody is taken to another page').toHaveURL('/models');
});

test('what was deleted is told, and cannot be undone', async ({ page, person, baseURL }) => {
  void person;
  const id = await ended(page, baseURL!, { name: 'short-lived' });
  const { model_id } = await reached(page, id, 'COMPLETED');
  await page.goto(`/jobs/${id}`, { waitUntil: 'networkidle' });
  await page.locator('.actions summary', { hasText: 'Delete' }).click();
  await page.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(page).toHaveURL('/jobs');
  await expect(toasts(page)).toHaveText(/^Job short-lived deleted\./);
  await expect(undo(page)).toHaveCount(0);

  await page.goto(`/models/${model_id}`, { waitUntil: 'networkidle' });
  await page.getByText('Delete model').click();
  await page.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(page).toHaveURL('/models');
  await expect(toasts(page)).toHaveText(/^Model short-lived deleted\./);

  const made = await experiment(page, baseURL!, 'Old');
  await page.goto(`/experiments/${made}`, { waitUntil: 'networkidle' });
  await page.locator('.actions summary', { hasText: 'Delete' }).click();
  await page.getByRole('button', { name: 'Yes, delete' }).click();
  await expect(page).toHaveURL('/experiments');
  await expect(toasts(page)).toHaveText(/^Experiment Old deleted\./);
});

test('a toast stays while it is needed, leaves by itself, and gives the focus back', async ({ page, person }) => {
  void person;
  await page.clock.install();
  await page.goto('/design', { waitUntil: 'networkidle' });
  const once = page.getByRole('button', { name: 'Toast to undo' });
  await once.click();
  await expect(toasts(page)).toHaveCount(1);
  await page.clock.runFor(6_000);
  await expect(toasts(page)).toHaveCount(1);
  await page.clock.runFor(3_000);
  await expect(toasts(page)).toHaveCount(0);

  await once.click();
  await toasts(page).hover();
  await page.clock.runFor(20_000);
  await expect(toasts(page), 'under the pointer').toHaveCount(1);
  await page.mouse.move(10, 10);
  await undo(page).focus();
  await page.clock.runFor(20_000);
  await expect(toasts(page), 'with the focus').toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(toasts(page)).toHaveCount(0);
  await expect(once, 'where it was before').toBeFocused();

  for (let more = 0; more < 5; more += 1) await once.click();
  await expect(toasts(page), 'the oldest make room').toHaveCount(3);
  await page.getByRole('button', { name: 'Toast of trouble' }).click();
  await page.clock.runFor(20_000);
  await expect(toasts(page), 'what went wrong stays').toHaveText([/1 was not\./]);
  await toasts(page).getByRole('button', { name: 'Close' }).click();
  await expect(toasts(page)).toHaveCount(0);

  await page.getByRole('button', { name: 'Toast that cannot be undone' }).click();
  await undo(page).click();
  await expect(toasts(page)).toHaveText([/cannot be reached/]);
});

test('another language says it in its own words', async ({ page, person, baseURL }) => {
  void person;
  await ended(page, baseURL!, { name: 'one' });
  await chooseAll(page);
  await page.locator('.bulk-bar summary', { hasText: 'Tag' }).click();
  await page.locator('#bulk-tag').fill('kept');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(undo(page)).toBeVisible();
  await toasts(page).hover();
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('button', { name: 'فارسی', exact: true }).click();
  await expect(toasts(page).getByRole('button', { name: said('Undo', 'fa') })).toBeVisible();
  expect(await leftovers(page)).toEqual([]);
  await toasts(page).getByRole('button', { name: said('Undo', 'fa') }).click();
  await expect(toasts(page)).toContainText(said('Undone.', 'fa'));
});
