// What a phone of 360 pixels shows: everything, and large enough to be read.
import AxeBuilder from '@axe-core/playwright';
import { expect, picture, reached, submit, test } from '../fixtures/athanor';

test.use({ viewport: { width: 360, height: 740 } });

test('no column of the jobs is missing: they pass by behind the name', async ({ page, person, baseURL }) => {
  void person;
  const name = 'a run with a name that is rather long';
  const id = await submit(page, baseURL!, { dataset: 'iris', epochs: 5, lr: 0.01, name, tags: ['sweep'] });
  await reached(page, id, 'COMPLETED');
  await page.goto('/jobs?columns=lr&columns=balanced_accuracy');
  await expect(page.locator('.connection')).toHaveText('Live');
  const heads = page.locator('table.jobs thead th');
  await expect(heads).toHaveCount(10);
  for (const head of await heads.all()) await expect(head).toBeVisible();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide, 'the page itself does not move sideways').toBeLessThanOrEqual(360);
  await picture(page, 'jobs-phone');
  const row = page.locator('table.jobs tbody tr').first();
  const before = (await row.locator('.job-name').boundingBox())!;
  expect(before.width, 'there is room for others').toBeLessThanOrEqual(180);
  await page.locator('.table-scroll').evaluate((scroller) => scroller.scrollTo({ left: scroller.scrollWidth }));
  await expect(heads.last()).toBeInViewport({ ratio: 0.9 });
  await expect(row.getByRole('link', { name })).toBeInViewport({ ratio: 0.9 });
  const after = (await row.locator('.job-name').boundingBox())!;
  expect(after.x, 'at the edge of the table').toBeLessThanOrEqual(before.x);
  await picture(page, 'jobs-phone-end');
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa', 'best-practice']).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' '))}`)).toEqual([]);
});

test('the words of a comparison can be read', async ({ page, person, baseURL }) => {
  void person;
  const ids: string[] = [];
  for (const lr of [0.001, 0.01]) ids.push(await submit(page, baseURL!, { dataset: 'iris', epochs: 5, lr, batch_size: lr * 16_000 }));
  for (const id of ids) await reached(page, id, 'COMPLETED');
  await page.goto(`/compare?jobs=${ids.join(',')}`, { waitUntil: 'networkidle' });
  const heights = await page.locator('.parallel text').evaluateAll((words) => words.map((word) => word.getBoundingClientRect().height));
  expect(heights.length).toBeGreaterThan(4);
  expect(Math.min(...heights), 'pixels').toBeGreaterThan(11);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await picture(page, 'compare-phone');
});

test('settings, and the frame of every page, fit', async ({ page, person }) => {
  for (const path of ['/', '/settings']) {
    await page.goto(path, { waitUntil: 'networkidle' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(360);
  }
  await page.getByText('Make a token', { exact: true }).click();
  await page.getByText('Delete my account', { exact: true }).click();
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await expect(page.locator('svg.qr')).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await picture(page, 'settings-phone');
  await page.getByRole('button', { name: person.name }).click();
  await page.getByRole('navigation', { name: 'Account' }).getByRole('link', { name: 'Settings' }).click();
  await expect(page).toHaveURL('/settings');
});
