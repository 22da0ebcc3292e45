// The command palette and the keyboard shortcuts.
import type { Page } from '@playwright/test';
import { expect, picture, test, trained } from '../fixtures/athanor';

/** A page that hears its keys: the browser has taken over, and the socket stands. */
async function alive(page: Page, path: '/' | '/jobs'): Promise<void> {
  await page.goto(path);
  await expect(page.locator('.connection')).toHaveText('Live');
}

const palette = (page: Page) => page.getByRole('dialog', { name: 'Command palette' });

test('Ctrl K opens it, arrows choose, Enter goes, Escape closes', async ({ page, person }) => {
  void person;
  await alive(page, '/');
  await page.evaluate(() => ((window as unknown as { marker: string }).marker = 'same page'));
  await page.keyboard.press('Control+k');
  const [field, options] = [page.getByRole('combobox'), page.getByRole('option')];
  await expect(field).toBeFocused();
  await expect(options.first()).toHaveAttribute('aria-selected', 'true');
  await picture(page, 'palette');
  await page.keyboard.press('ArrowDown');
  await expect(options.nth(1)).toHaveAttribute('aria-selected', 'true');
  await expect(options.first()).toHaveAttribute('aria-selected', 'false');
  expect(await field.getAttribute('aria-activedescendant')).toBe(await options.nth(1).getAttribute('id'));
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect(options.last(), 'round and round').toHaveAttribute('aria-selected', 'true');
  await expect(options.last()).toBeInViewport();
  await page.keyboard.press('Escape');
  await expect(palette(page)).toBeHidden();

  // What was typed is gone; the button does the same.
  const button = page.getByRole('button', { name: 'Search' });
  await button.click();
  await expect(field).toHaveValue('');
  await page.keyboard.press('Escape');
  await expect(button, 'the focus comes back').toBeFocused();

  await page.keyboard.press('Control+k');
  await page.keyboard.type('modl');
  await expect(page.getByText('Nothing found')).toBeVisible();
  await page.keyboard.press('Backspace');
  await page.keyboard.type('els');
  await expect(options.first()).toContainText('Models');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/models');
  await expect(palette(page)).toBeHidden();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Models');
  expect(await page.evaluate(() => (window as unknown as { marker: string }).marker)).toBe('same page');

  // A click beside it closes it, and the same keys do.
  for (const close of [() => page.mouse.click(20, 700), () => page.keyboard.press('Control+k')]) {
    await page.keyboard.press('Control+k');
    await expect(palette(page)).toBeVisible();
    await close();
    await expect(palette(page)).toBeHidden();
  }
});

test('jobs, models and datasets are found while one types', async ({ page, person, server }) => {
  void person;
  const { job, model } = await trained(page, server.url, { dataset: 'iris', epochs: 10 });
  await alive(page, '/jobs');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('IRIS');
  const options = page.getByRole('option');
  await expect(options).toHaveCount(3);
  await expect(options.nth(0)).toContainText('Job, Completed');
  await expect(options.nth(1)).toContainText('Model, predicts species');
  await expect(options.nth(2)).toContainText('Dataset, 150 rows');
  await picture(page, 'palette-found');
  await options.nth(1).click();
  await expect(page).toHaveURL(model);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('iris');
  await expect(options).toHaveCount(3);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(job);
});

test('an answer that comes late is not shown, and a failure is told', async ({ page, person }) => {
  void person;
  await alive(page, '/');
  let late = 0;
  await page.route('**/api/fn/find', async (route) => {
    if (!route.request().postData()?.includes('text=iris')) return route.continue();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await route.continue();
    late += 1;
  });
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox');
  const asked = page.waitForRequest(/\/api\/fn\/find$/);
  await field.fill('iris');
  await asked;
  await field.fill('wine');
  const option = page.getByRole('option').filter({ hasText: 'Dataset' });
  await expect(option).toHaveText(/^wine/);
  await expect.poll(() => late).toBe(1);
  await page.waitForTimeout(300);
  await expect(option).toHaveCount(1);
  await expect(option).toHaveText(/^wine/);

  await page.unroute('**/api/fn/find');
  const sentence = 'Jobs, models and datasets could not be searched.';
  const refusal = { code: 'unavailable', error: 'Try again.' };
  await page.route('**/api/fn/find', (route) => route.fulfill({ status: 422, json: refusal }));
  await field.fill('iris');
  await expect(page.getByText(sentence)).toBeVisible();
  await field.fill('dash');
  await expect(page.getByRole('option'), 'pages need no server').toHaveCount(1);
});

test('themes by the palette: at once, charts included, and after a reload', async ({ page, person, server }) => {
  void person;
  await page.emulateMedia({ colorScheme: 'light' });
  const { job } = await trained(page, server.url, { dataset: 'iris', epochs: 10 });
  await page.goto(job);
  await expect(page.getByLabel('Smoothing')).toBeVisible();
  const drawn = () =>
    page.locator('.chart-plot canvas').first().evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const light = await drawn();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('dark');
  await expect(palette(page).getByRole('option')).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(palette(page)).toBeHidden();
  await expect.poll(drawn, 'curves take the colours of the theme').not.toBe(light);
  const answer = await page.reload();
  expect(await answer!.text()).toContain(' data-theme="dark"');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('logging out by the palette', async ({ page, person }) => {
  void person;
  await alive(page, '/');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('log out');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByRole('button', { name: 'Search' })).toHaveCount(0);
  await page.keyboard.press('Control+k');
  await expect(palette(page)).toHaveCount(0);
});

/** Two keys that belong together only if they come soon after each other, which a machine with much to do may fail to send. */
async function goByKeys(page: Page, key: string, path: string): Promise<void> {
  await expect(async () => {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await expect(page).toHaveURL(path, { timeout: 3_000 });
  }).toPass();
}

test('single keys: a list of them, places, the search field, and off', async ({ page, person }) => {
  void person;
  await alive(page, '/');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await page.keyboard.press('?');
  await expect(help).toBeVisible();
  await picture(page, 'shortcuts');
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();

  for (const [key, path] of [['a', '/datasets'], ['t', '/train'], ['m', '/models'], ['d', '/'], ['j', '/jobs']]) {
    await goByKeys(page, key, path);
  }
  const field = page.locator('#query');
  await expect(field).toBeVisible();
  await page.keyboard.press('/');
  await expect(field).toBeFocused();
  await page.keyboard.type('gm?/');
  await expect(field, 'keys belong to the field').toHaveValue('gm?/');
  await expect(page).toHaveURL('/jobs');
  await expect(help).toBeHidden();

  // Off, and found again without them.
  await field.blur();
  await page.keyboard.press('?');
  const single = page.getByLabel('Single keys are shortcuts');
  await single.uncheck();
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(help).toBeHidden();
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.keyboard.press('?');
  await page.waitForTimeout(200);
  await expect(page).toHaveURL('/jobs');
  await expect(help).toBeHidden();
  await page.keyboard.press('Control+k');
  await expect(palette(page).getByRole('combobox')).toBeFocused();
  await page.keyboard.type('shortcuts');
  await page.keyboard.press('Enter');
  await expect(help).toBeVisible();
  await expect(palette(page)).toBeHidden();
  await expect(single).not.toBeChecked();
  await single.check();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await goByKeys(page, 'm', '/models');
});
